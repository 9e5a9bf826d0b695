// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

import {Escrow} from "../../src/Escrow.sol";
import {DealToken} from "../../src/DealToken.sol";
import {TokenSale} from "../../src/TokenSale.sol";
import {IDealDesk} from "../../src/interfaces/IDealDesk.sol";
import {IEscrowDesk} from "../../src/interfaces/IEscrowDesk.sol";
import {ITokenSale} from "../../src/interfaces/ITokenSale.sol";
import {World} from "../World.sol";

contract TokenSaleTest is World {
    uint64 private constant CLOSING = START + 60 days;

    function test_MoneyIsTakenFromTheFirstSecondToTheLast() external {
        IDealDesk.SaleParams memory params = terms(address(euro));
        params.opensAt = START + 100;
        params.closesAt = START + 200;
        (, TokenSale later) = setUpDeal("later", params);
        uint64[4] memory moments = [START + 99, START + 100, START + 199, START + 200];
        for (uint256 i; i < 4; ++i) {
            vm.warp(moments[i]);
            bool refused = i == 0 || i == 3;
            if (refused) vm.expectRevert(abi.encodeWithSelector(ITokenSale.TokenSale_WrongStatus.selector, i == 0 ? 0 : 2));
            vm.prank(ALICE);
            factory.openEscrow(order(i), "later", 100e6);
        }
        assertEq(uint256(later.status()), 2, "closed");
    }

    function test_TicketsHaveBounds() external {
        vm.expectRevert(abi.encodeWithSelector(ITokenSale.TokenSale_BelowMinTicket.selector, 100e6 - 1, 100e6));
        openEuro(ORDER, ALICE, 100e6 - 1);
        vm.expectRevert(abi.encodeWithSelector(ITokenSale.TokenSale_AboveMaxTicket.selector, 50_000e6 + 1, 50_000e6));
        openEuro(ORDER, ALICE, 50_000e6 + 1);
        openEuro(order(1), ALICE, 100e6);
        openEuro(order(2), ALICE, 50_000e6);
    }

    function test_NoLargestTicketMeansTheHardCap() external {
        IDealDesk.SaleParams memory params = terms(address(euro));
        params.maxTicket = 0;
        (, TokenSale open) = setUpDeal("open", params);
        assertEq(open.maxTicket(), 100_000e6, "largest ticket");
    }

    function test_TheHardCapHoldsAtReleaseAndAtOpening() external {
        for (uint256 i; i < 3; ++i) openEuro(order(i), ALICE, 40_000e6);
        release(order(0));
        release(order(1));
        vm.expectRevert(abi.encodeWithSelector(ITokenSale.TokenSale_HardCapExceeded.selector, 40_000e6, 20_000e6));
        release(order(2));
        vm.expectRevert(abi.encodeWithSelector(ITokenSale.TokenSale_HardCapExceeded.selector, 20_000e6 + 1, 20_000e6));
        openEuro(orderOf(3, BOB), BOB, 20_000e6 + 1);
        openEuro(orderOf(3, BOB), BOB, 20_000e6);
        release(orderOf(3, BOB));
        assertEq(sale.raised(), 100_000e6, "raised");
    }

    function test_AnAmountThatBuysNothingIsRefused() external {
        IDealDesk.SaleParams memory params = terms(address(euro));
        params.price = 1_000e6;
        vm.startPrank(OPERATOR);
        params.token = factory.createToken("whole", "Whole shares", "WHL", 0);
        factory.createSale("whole", params);
        factory.configureSale("whole");
        factory.activateSale("whole");
        vm.stopPrank();
        vm.prank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(ITokenSale.TokenSale_BuysNothing.selector, 999e6));
        factory.openEscrow(ORDER, "whole", 999e6);
    }

    function testFuzz_FeesOfThePartsAreTheFeeOfTheWhole(uint256 a, uint256 b, uint256 c) external {
        uint256[3] memory parts = [bound(a, 100e6, 30_000e6), bound(b, 100e6, 30_000e6), bound(c, 100e6, 30_000e6)];
        uint256 fees;
        uint256 whole;
        for (uint256 i; i < 3; ++i) {
            openEuro(order(i), ALICE, parts[i]);
            vm.recordLogs();
            release(order(i));
            fees += _releasedFee();
            whole += parts[i];
        }
        assertEq(fees, whole * FEE / 10_000, "fees");
        assertEq(sale.feeDue(), fees, "fee due");
        assertLe(sale.sold(), whole * 1e18 / 2_500_000, "tokens");
    }

    function test_FinaliseKnowsWhoAndWhen() external {
        openEuro(ORDER, ALICE, 10_000e6 - 1);
        openEuro(ORDER_2, BOB, 50_000e6);
        release(ORDER);
        vm.prank(OPERATOR);
        vm.expectRevert(abi.encodeWithSelector(ITokenSale.TokenSale_SoftCapMissed.selector, 10_000e6 - 1, 10_000e6));
        sale.finalise();
        release(ORDER_2);
        vm.prank(OPERATOR);
        vm.expectRevert(abi.encodeWithSelector(ITokenSale.TokenSale_TooEarly.selector, CLOSING));
        sale.finalise();
        vm.warp(CLOSING + 30 days - 1);
        vm.prank(MALLORY);
        vm.expectRevert(abi.encodeWithSelector(ITokenSale.TokenSale_NotAllowed.selector, MALLORY));
        sale.finalise();
        vm.warp(CLOSING + 30 days);
        vm.prank(MALLORY);
        sale.finalise();
        assertEq(euro.balanceOf(MALLORY), 0, "mallory");
        assertEq(euro.balanceOf(IRENE) + euro.balanceOf(TREASURY), 60_000e6 - 1, "all of it");
        vm.expectRevert(abi.encodeWithSelector(ITokenSale.TokenSale_WrongStatus.selector, 3));
        sale.finalise();
    }

    function test_AFullSaleNeedsNoClosing() external {
        openEuro(ORDER, ALICE, 50_000e6);
        openEuro(ORDER_2, BOB, 50_000e6);
        release(ORDER);
        release(ORDER_2);
        vm.expectEmit(address(factory));
        emit IDealDesk.SaleFinalised(EURO_DEAL, address(sale), 98_000e6, 2_000e6);
        vm.prank(OPERATOR);
        sale.finalise();
    }

    function test_TheFeeIsTheOneOfTheDayTheSaleWasMade() external {
        vm.prank(SAM);
        service.setFee(500);
        openCoin(ORDER, ALICE, 20_000e6);
        release(ORDER);
        finalise(coinSale);
        assertEq(TREASURY.balance, 400e6, "treasury");
        assertEq(IRENE.balance, 19_600e6, "issuer");
    }

    function test_NothingIsReleasedToADecidedSale() external {
        openEuro(ORDER, ALICE, 10_000e6);
        release(ORDER);
        vm.warp(CLOSING - 1 days);
        Escrow late = openEuro(ORDER_2, BOB, 10_000e6);
        finalise(sale);
        vm.expectRevert(abi.encodeWithSelector(ITokenSale.TokenSale_WrongStatus.selector, 3));
        release(ORDER_2);
        reject(ORDER_2);
        assertEq(euro.balanceOf(address(late)), 0, "late");
        vm.prank(OPERATOR);
        vm.expectRevert(abi.encodeWithSelector(ITokenSale.TokenSale_WrongStatus.selector, 3));
        sale.fail(REASON);
    }

    function test_AnEscrowOfTheLastDaysIsStillReleasedAfterClosing() external {
        vm.warp(CLOSING - 1);
        openEuro(ORDER, ALICE, 10_000e6);
        vm.warp(CLOSING + 29 days);
        release(ORDER);
        finalise(sale);
        assertEq(token.balanceOf(ALICE), 4_000e18, "tokens");
    }

    function test_OnlyOperatorAndAdminCallASaleOff() external {
        address[3] memory strangers = [ALICE, SAM, IRENE];
        for (uint256 i; i < 3; ++i) {
            vm.prank(strangers[i]);
            vm.expectRevert(abi.encodeWithSelector(ITokenSale.TokenSale_NotAllowed.selector, strangers[i]));
            sale.fail(REASON);
        }
        vm.expectEmit(address(factory));
        emit IDealDesk.SaleFailed(EURO_DEAL, address(sale), REASON);
        vm.prank(OTTO);
        sale.fail(REASON);
        vm.prank(OPERATOR);
        coinSale.fail(REASON);
        assertEq(uint256(coinSale.status()), 4, "failed");
    }

    function test_BelowTheSoftCapASaleFailsByItself() external {
        openEuro(ORDER, ALICE, 5_000e6);
        release(ORDER);
        vm.warp(CLOSING + 30 days - 1);
        assertEq(uint256(sale.status()), 2, "closed");
        vm.expectRevert(abi.encodeWithSelector(ITokenSale.TokenSale_WrongStatus.selector, 2));
        sale.claimRefund(ORDER);
        vm.warp(CLOSING + 30 days);
        assertEq(uint256(sale.status()), 4, "failed");
    }

    function test_AtTheSoftCapItDoesNot() external {
        openEuro(ORDER, ALICE, 10_000e6);
        release(ORDER);
        vm.warp(CLOSING + 365 days);
        assertEq(uint256(sale.status()), 2, "closed");
    }

    function test_AfterAFailureEachPurchaseIsReturnedOnceWhileAllIsPaused() external {
        openEuro(ORDER, ALICE, 5_000e6);
        openEuro(order(2), ALICE, 3_000e6);
        openCoin(order(7), ALICE, 3_000e6);
        release(ORDER);
        release(order(7));
        vm.prank(SAM);
        service.pause();
        vm.startPrank(OTTO);
        sale.pause();
        sale.fail(REASON);
        token.setAddressFrozen(ALICE, true);
        vm.stopPrank();
        vm.expectRevert(abi.encodeWithSelector(IEscrowDesk.EscrowDesk_NotReleased.selector, order(2), 1));
        sale.claimRefund(order(2));
        vm.expectRevert(abi.encodeWithSelector(ITokenSale.TokenSale_NotFromThisSale.selector, order(7)));
        sale.claimRefund(order(7));
        vm.expectEmit(address(factory));
        emit IDealDesk.PurchaseReturned(ORDER, EURO_DEAL, ALICE, 5_000e6, 2_000e18);
        vm.prank(MALLORY);
        sale.claimRefund(ORDER);
        vm.expectRevert(abi.encodeWithSelector(ITokenSale.TokenSale_AlreadyReturned.selector, ORDER));
        sale.claimRefund(ORDER);
        assertEq(euro.balanceOf(ALICE), 1_000_000e6 - 3_000e6, "alice");
        assertEq(token.totalSupply(), 0, "supply");
    }

    function test_ARecoveredWalletGetsTheMoneyOfAFailedSale() external {
        openEuro(ORDER, ALICE, 5_000e6);
        release(ORDER);
        vm.startPrank(OTTO);
        token.recoveryAddress(ALICE, MALLORY, "lost key");
        token.recoveryAddress(MALLORY, BOB, "lost again");
        sale.fail(REASON);
        vm.stopPrank();
        sale.claimRefund(ORDER);
        assertEq(euro.balanceOf(BOB), 1_005_000e6, "bob");
    }

    function test_GiftsAreSweptToTheIssuerAfterSuccessOnly() external {
        openEuro(ORDER, ALICE, 10_000e6);
        release(ORDER);
        vm.prank(BOB);
        euro.transfer(address(sale), 11);
        vm.expectRevert(abi.encodeWithSelector(ITokenSale.TokenSale_WrongStatus.selector, 1));
        sale.sweep(address(euro));
        finalise(sale);
        sale.sweep(address(euro));
        assertEq(euro.balanceOf(IRENE), 9_800e6 + 11, "issuer");
    }

    function test_AEuroSaleTakesNoCoin() external {
        vm.prank(ALICE);
        (bool taken,) = address(sale).call{value: 1}("");
        assertTrue(!taken, "coin");
    }

    function test_OnlyTheFactoryRecordsPurchases() external {
        vm.prank(OPERATOR);
        vm.expectRevert(abi.encodeWithSelector(ITokenSale.TokenSale_NotTheFactory.selector, OPERATOR));
        sale.recordPurchase(ALICE, 100e6);
    }

    function test_AStrangersSaleAnnouncesNothing() external {
        vm.startPrank(address(coinSale));
        bytes memory refusal = abi.encodeWithSelector(IDealDesk.DealDesk_NotTheSale.selector, address(coinSale));
        vm.expectRevert(refusal);
        factory.saleFinalised(EURO_DEAL, 1, 1);
        vm.expectRevert(refusal);
        factory.saleFailed(EURO_DEAL, REASON);
        vm.expectRevert(refusal);
        factory.purchaseReturned(ORDER, EURO_DEAL, ALICE, 1, 1);
        vm.stopPrank();
    }

    function _releasedFee() private returns (uint256 fee) {
        (, , fee,) = abi.decode(_log(IEscrowDesk.EscrowReleased.selector), (address, uint256, uint256, uint256));
    }
}
