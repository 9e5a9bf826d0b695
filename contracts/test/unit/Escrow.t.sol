// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

import {Escrow} from "../../src/Escrow.sol";
import {DemoEuro} from "../../src/demo/DemoEuro.sol";
import {IDealDesk} from "../../src/interfaces/IDealDesk.sol";
import {IEscrow} from "../../src/interfaces/IEscrow.sol";
import {IEscrowDesk} from "../../src/interfaces/IEscrowDesk.sol";
import {ITokenSale} from "../../src/interfaces/ITokenSale.sol";
import {Assets} from "../../src/libraries/Assets.sol";
import {World} from "../World.sol";

/// @notice A wallet that can be told to refuse coin.
contract MoodyWallet {
    bool public refuses;

    function setMood(bool refuses_) external {
        refuses = refuses_;
    }

    receive() external payable {
        require(!refuses, "no coin today");
    }
}

contract EscrowTest is World {
    uint256 private constant PAID = 5_000e6;
    uint256 private constant ALICE_KEY = 0xA11CE;

    // openEscrow

    function test_AnIdIsNotEmpty() external {
        bytes32 id = bytes32(uint256(uint160(ALICE)));
        vm.expectRevert(abi.encodeWithSelector(IEscrowDesk.EscrowDesk_NotAnId.selector, id));
        openEuro(id, ALICE, PAID);
    }

    function test_NobodyUsesUpAnothersId() external {
        vm.expectRevert(abi.encodeWithSelector(IEscrowDesk.EscrowDesk_NotYourId.selector, ORDER, BOB));
        openEuro(ORDER, BOB, PAID);
        bytes32 sameNumber = bytes32(uint256(ORDER) >> 128 << 128 | uint160(BOB));
        openEuro(sameNumber, BOB, PAID);
        openEuro(ORDER, ALICE, PAID);
        assertEq(stateOf(ORDER), 1, "alice's is held all the same");
        reject(sameNumber);
        assertEq(stateOf(ORDER), 1, "and what becomes of the other does not touch it");
    }

    function test_NothingComesInWhileThePlatformIsPaused() external {
        vm.prank(SAM);
        service.pause();
        vm.expectRevert(abi.encodeWithSelector(IEscrowDesk.EscrowDesk_Paused.selector));
        openEuro(ORDER, ALICE, PAID);
        vm.prank(SAM);
        service.unpause();
        openEuro(ORDER, ALICE, PAID);
    }

    function test_NothingComesInWhileTheSaleIsPaused() external {
        vm.prank(OTTO);
        sale.pause();
        vm.expectRevert(abi.encodeWithSelector(ITokenSale.TokenSale_Paused.selector));
        openEuro(ORDER, ALICE, PAID);
    }

    function test_ADealThatIsNotActiveTakesNoMoney() external {
        vm.startPrank(OPERATOR);
        IDealDesk.SaleParams memory params = terms(address(euro));
        params.token = factory.createToken("deal", "Name", "NME", 18);
        factory.createSale("deal", params);
        factory.configureSale("deal");
        vm.stopPrank();
        vm.expectRevert(abi.encodeWithSelector(IEscrowDesk.EscrowDesk_DealNotActive.selector, bytes32("deal")));
        vm.prank(ALICE);
        factory.openEscrow(ORDER, "deal", PAID);
    }

    function test_AnIdIsUsedOnce() external {
        Escrow escrow = openEuro(ORDER, ALICE, PAID);
        vm.expectRevert(abi.encodeWithSelector(IEscrowDesk.EscrowDesk_AlreadyOpened.selector, ORDER));
        openEuro(ORDER, ALICE, PAID);
        vm.warp(START + 14 days);
        refund(escrow, ALICE);
        vm.expectRevert(abi.encodeWithSelector(IEscrowDesk.EscrowDesk_AlreadyOpened.selector, ORDER));
        openCoin(ORDER, ALICE, PAID);
    }

    function test_CoinMustBeExactlyTheAmountOrNothing() external {
        vm.startPrank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(IEscrowDesk.EscrowDesk_WrongValue.selector, 1, 0));
        factory.openEscrow{value: 1}(ORDER, EURO_DEAL, PAID);
        vm.expectRevert(abi.encodeWithSelector(IEscrowDesk.EscrowDesk_WrongValue.selector, PAID - 1, PAID));
        factory.openEscrow{value: PAID - 1}(ORDER, COIN_DEAL, PAID);
        vm.expectRevert(abi.encodeWithSelector(IEscrowDesk.EscrowDesk_WrongValue.selector, PAID + 1, PAID));
        factory.openEscrow{value: PAID + 1}(ORDER, COIN_DEAL, PAID);
        vm.stopPrank();
    }

    function test_OpeningIsAnnouncedWithBothDeadlines() external {
        address foretold = factory.escrowAddress(ORDER, EURO_DEAL, ALICE, PAID);
        vm.expectEmit(address(factory));
        emit IEscrowDesk.EscrowOpened(
            ORDER, EURO_DEAL, ALICE, foretold, address(euro), PAID, START + 14 days, START + 30 days
        );
        Escrow escrow = openEuro(ORDER, ALICE, PAID);
        assertEq(address(escrow), foretold, "address");
        assertEq(escrow.factory(), address(factory), "factory");
        assertEq(escrow.sale(), address(sale), "sale");
        assertEq(escrow.payer(), ALICE, "payer");
        assertEq(escrow.asset(), address(euro), "asset");
        assertEq(escrow.amount(), PAID, "amount");
        assertEq(escrow.investmentId(), ORDER, "investment");
        assertEq(escrow.decideBy(), START + 14 days, "decide by");
        assertEq(escrow.expiresAt(), START + 30 days, "expires at");
    }

    function testFuzz_TheForetoldAddressHolds(uint128 id, uint256 amount, address payer) external {
        vm.assume(id != 0 && payer != address(0) && uint160(payer) > 0xffff && payer.code.length == 0);
        amount = bound(amount, 100e6, 50_000e6);
        bytes32 investmentId = bytes32(uint256(id) << 128 | uint128(uint160(payer)));
        euro.mint(payer, amount);
        vm.prank(payer);
        euro.approve(address(factory), amount);
        address foretold = factory.escrowAddress(investmentId, EURO_DEAL, payer, amount);
        assertEq(address(openEuro(investmentId, payer, amount)), foretold, "address");
        assertEq(euro.balanceOf(foretold), amount, "held");
    }

    function test_MoneySentAheadDoesNotCountAsPayment() external {
        address foretold = factory.escrowAddress(ORDER, EURO_DEAL, ALICE, PAID);
        vm.prank(BOB);
        euro.transfer(foretold, PAID);
        Escrow escrow = openEuro(ORDER, ALICE, PAID);
        assertEq(euro.balanceOf(address(escrow)), 2 * PAID, "both");
        assertEq(escrow.refundable(), PAID, "refundable");
        reject(ORDER);
        escrow.sweep(address(euro));
        assertEq(euro.balanceOf(ALICE), 1_000_000e6 + PAID, "alice");
    }

    // openEscrowWithPermit

    function test_APermitOpensInOneTransactionAlsoWhenSomeoneSubmittedItFirst() external {
        address investor = vm.addr(ALICE_KEY);
        euro.mint(investor, PAID);
        (uint8 v, bytes32 r, bytes32 s) = _permit(investor);
        euro.permit(investor, address(factory), PAID, START, v, r, s);
        vm.prank(investor);
        factory.openEscrowWithPermit(orderOf(1, investor), EURO_DEAL, PAID, START, v, r, s);
        assertEq(stateOf(orderOf(1, investor)), 1, "held");
    }

    function test_AWrongPermitOpensNothing() external {
        address investor = vm.addr(ALICE_KEY);
        euro.mint(investor, PAID);
        (uint8 v, bytes32 r,) = _permit(investor);
        vm.prank(investor);
        vm.expectPartialRevert(bytes4(keccak256("ERC20InsufficientAllowance(address,uint256,uint256)")));
        factory.openEscrowWithPermit(orderOf(1, investor), EURO_DEAL, PAID, START, v, r, r);
    }

    // release

    function test_ReleaseNeedsBothSwitchesOn() external {
        openEuro(ORDER, ALICE, PAID);
        vm.prank(SAM);
        service.pause();
        vm.expectRevert(abi.encodeWithSelector(IEscrowDesk.EscrowDesk_Paused.selector));
        release(ORDER);
        vm.prank(SAM);
        service.unpause();
        vm.prank(OPERATOR);
        sale.pause();
        vm.expectRevert(abi.encodeWithSelector(ITokenSale.TokenSale_Paused.selector));
        release(ORDER);
        vm.prank(OPERATOR);
        sale.unpause();
        release(ORDER);
    }

    function test_TheLastSecondReleasesTheNextDoesNot() external {
        openEuro(ORDER, ALICE, PAID);
        openEuro(ORDER_2, BOB, PAID);
        vm.warp(START + 30 days - 1);
        release(ORDER);
        vm.warp(START + 30 days);
        vm.expectRevert(abi.encodeWithSelector(IEscrowDesk.EscrowDesk_Expired.selector, ORDER_2, START + 30 days));
        release(ORDER_2);
    }

    function test_BetweenBothDeadlinesTheFasterOneDecides() external {
        openEuro(ORDER, ALICE, PAID);
        Escrow bobs = openEuro(ORDER_2, BOB, PAID);
        vm.warp(START + 20 days);
        release(ORDER);
        refund(bobs, BOB);
        assertEq(stateOf(ORDER), 2, "released");
        assertEq(stateOf(ORDER_2), 3, "refunded");
    }

    function test_ReleaseIsAnnouncedWithItsParts() external {
        Escrow escrow = openEuro(ORDER, ALICE, PAID);
        vm.expectEmit(address(factory));
        emit IEscrowDesk.EscrowReleased(ORDER, address(escrow), 4_900e6, 100e6, 2_000e18);
        release(ORDER);
    }

    function test_ManyAreReleasedAllOrNone() external {
        bytes32[] memory ids = new bytes32[](3);
        for (uint256 i; i < 3; ++i) openEuro(ids[i] = orderOf(i, i == 1 ? BOB : ALICE), i == 1 ? BOB : ALICE, PAID);
        reject(ids[2]);
        vm.prank(OPERATOR);
        vm.expectRevert(abi.encodeWithSelector(IEscrowDesk.EscrowDesk_NotHeld.selector, ids[2], 3));
        factory.releaseMany(ids);
        assertEq(stateOf(ids[0]), 1, "still held");
        ids[2] = orderOf(3, BOB);
        openEuro(ids[2], BOB, PAID);
        vm.prank(OPERATOR);
        factory.releaseMany(ids);
        assertEq(sale.raised(), 3 * PAID, "raised");
    }

    function test_ManyMayBeOfSeveralDealsAndNoneIsTakenTwice() external {
        bytes32[] memory ids = new bytes32[](3);
        (ids[0], ids[1], ids[2]) = (ORDER, ORDER_2, ORDER);
        openEuro(ORDER, ALICE, PAID);
        openCoin(ORDER_2, BOB, PAID);
        vm.prank(OPERATOR);
        vm.expectRevert(abi.encodeWithSelector(IEscrowDesk.EscrowDesk_NotHeld.selector, ORDER, 2));
        factory.releaseMany(ids);
        assertEq(stateOf(ORDER) + stateOf(ORDER_2), 2, "both still held");
        assertEq(sale.raised() + coinSale.raised(), 0, "nothing raised");
        vm.startPrank(OPERATOR);
        factory.releaseMany(new bytes32[](0));
        ids = new bytes32[](2);
        (ids[0], ids[1]) = (ORDER, ORDER_2);
        factory.releaseMany(ids);
        vm.stopPrank();
        assertEq(sale.raised(), PAID, "euro deal");
        assertEq(coinSale.raised(), PAID, "coin deal");
    }

    function test_TheEndIsTheEnd() external {
        Escrow released = openEuro(ORDER, ALICE, PAID);
        Escrow refunded = openEuro(order(2), ALICE, PAID);
        release(ORDER);
        reject(order(2));
        vm.warp(START + 31 days);
        bytes32[2] memory ids = [ORDER, order(2)];
        for (uint256 i; i < 2; ++i) {
            bytes memory notHeld = abi.encodeWithSelector(IEscrowDesk.EscrowDesk_NotHeld.selector, ids[i], 2 + i);
            vm.expectRevert(notHeld);
            release(ids[i]);
            vm.expectRevert(notHeld);
            reject(ids[i]);
            vm.expectRevert(notHeld);
            refund(i == 0 ? released : refunded, ALICE);
            vm.prank(ALICE);
            vm.expectRevert(notHeld);
            factory.requestRefund(ids[i]);
        }
    }

    // reject, refund, agree

    function test_RejectionWorksWhilePausedAndIsAnnounced() external {
        Escrow escrow = openEuro(ORDER, ALICE, PAID);
        vm.prank(SAM);
        service.pause();
        vm.prank(OTTO);
        sale.pause();
        vm.expectEmit(address(factory));
        emit IEscrowDesk.EscrowRefunded(ORDER, address(escrow), PAID, 1, REASON);
        reject(ORDER);
        assertEq(euro.balanceOf(ALICE), 1_000_000e6, "alice");
    }

    function test_ThePayersClockToTheSecond() external {
        uint256[4] memory moments = [uint256(14 days), 14 days + 1, 30 days - 1, 30 days];
        for (uint256 i; i < 4; ++i) {
            vm.warp(START);
            Escrow escrow = openEuro(order(i), ALICE, PAID);
            vm.warp(START + 14 days - 1);
            vm.expectRevert(abi.encodeWithSelector(IEscrowDesk.EscrowDesk_TooEarly.selector, order(i), START + 14 days));
            refund(escrow, ALICE);
            vm.warp(START + moments[i]);
            vm.expectEmit(address(factory));
            emit IEscrowDesk.EscrowRefunded(order(i), address(escrow), PAID, i < 3 ? 2 : 3, 0);
            refund(escrow, ALICE);
            assertEq(euro.balanceOf(ALICE), 1_000_000e6, "alice");
        }
    }

    function test_AStrangersClockToTheSecond() external {
        for (uint256 i; i < 2; ++i) {
            vm.warp(START);
            Escrow escrow = openEuro(order(i), ALICE, PAID);
            vm.warp(START + 30 days - 1);
            vm.expectRevert(abi.encodeWithSelector(IEscrowDesk.EscrowDesk_TooEarly.selector, order(i), START + 30 days));
            refund(escrow, MALLORY);
            vm.warp(START + 30 days + i);
            refund(escrow, MALLORY);
            assertEq(euro.balanceOf(ALICE), 1_000_000e6, "alice");
            assertEq(euro.balanceOf(MALLORY), 0, "mallory");
        }
    }

    function test_OnceTheSaleIsOverThePayerLeavesAtOnceButNobodyElse() external {
        Escrow escrow = openEuro(ORDER, ALICE, PAID);
        vm.prank(OTTO);
        sale.fail(REASON);
        vm.expectRevert(abi.encodeWithSelector(IEscrowDesk.EscrowDesk_TooEarly.selector, ORDER, START + 30 days));
        refund(escrow, MALLORY);
        vm.expectEmit(address(factory));
        emit IEscrowDesk.EscrowRefunded(ORDER, address(escrow), PAID, 2, 0);
        refund(escrow, ALICE);
        assertEq(euro.balanceOf(ALICE), 1_000_000e6, "alice");
    }

    function test_AnAgreedRefundNeedsBoth() external {
        Escrow escrow = openEuro(ORDER, ALICE, PAID);
        vm.prank(OPERATOR);
        vm.expectRevert(abi.encodeWithSelector(IEscrowDesk.EscrowDesk_NotRequested.selector, ORDER));
        factory.agreeRefund(ORDER);
        vm.prank(MALLORY);
        vm.expectRevert(abi.encodeWithSelector(IEscrowDesk.EscrowDesk_NotThePayer.selector, MALLORY));
        factory.requestRefund(ORDER);
        vm.prank(ALICE);
        factory.requestRefund(ORDER);
        vm.expectEmit(address(factory));
        emit IEscrowDesk.EscrowRefunded(ORDER, address(escrow), PAID, 4, 0);
        vm.prank(OPERATOR);
        factory.agreeRefund(ORDER);
        assertEq(euro.balanceOf(ALICE), 1_000_000e6, "alice");
    }

    function test_AWalletThatRefusesCoinKeepsItsClaim() external {
        MoodyWallet wallet = new MoodyWallet();
        vm.deal(address(wallet), PAID);
        bytes32 id = orderOf(1, address(wallet));
        Escrow escrow = openCoin(id, address(wallet), PAID);
        wallet.setMood(true);
        vm.expectRevert(abi.encodeWithSelector(Assets.Assets_CoinRefused.selector, address(wallet), PAID));
        reject(id);
        assertEq(stateOf(id), 1, "still held");
        wallet.setMood(false);
        vm.warp(START + 30 days);
        refund(escrow, MALLORY);
        assertEq(address(wallet).balance, PAID, "wallet");
    }

    // sweep and the doors between contracts

    function test_WhatIsHeldCantBeSweptWhatStraysCan() external {
        Escrow escrow = openEuro(ORDER, ALICE, PAID);
        vm.expectRevert(abi.encodeWithSelector(IEscrow.Escrow_StillHeld.selector));
        escrow.sweep(address(euro));
        DemoEuro stray = new DemoEuro();
        stray.mint(address(escrow), 7);
        vm.deal(address(escrow), 9);
        escrow.sweep(address(stray));
        escrow.sweep(address(0));
        assertEq(stray.balanceOf(ALICE), 7, "stray token");
        assertEq(ALICE.balance, 1_000_000e6 + 9, "stray coin");
        release(ORDER);
        assertEq(euro.balanceOf(address(sale)), PAID, "sale");
    }

    function test_OnlyTheFactoryMovesWhatAnEscrowHolds() external {
        Escrow escrow = openEuro(ORDER, ALICE, PAID);
        address[3] memory callers = [ALICE, OPERATOR, SAM];
        for (uint256 i; i < 3; ++i) {
            vm.startPrank(callers[i]);
            vm.expectRevert(abi.encodeWithSelector(IEscrow.Escrow_NotTheFactory.selector, callers[i]));
            escrow.release(PAID);
            vm.expectRevert(abi.encodeWithSelector(IEscrow.Escrow_NotTheFactory.selector, callers[i]));
            escrow.payBack(PAID);
            vm.expectRevert(abi.encodeWithSelector(IEscrowDesk.EscrowDesk_NotTheEscrow.selector, callers[i]));
            factory.settleTimeout(ORDER, ALICE, ALICE, PAID);
            vm.stopPrank();
        }
    }

    function test_AnotherTenantsOperatorDecidesNothing() external {
        vm.prank(SAM);
        address zeta = service.createTenant("zeta", MALLORY, MALLORY);
        openEuro(ORDER, ALICE, PAID);
        vm.startPrank(MALLORY);
        vm.expectRevert(abi.encodeWithSelector(IEscrowDesk.EscrowDesk_NotHeld.selector, ORDER, 0));
        IEscrowDesk(zeta).release(ORDER);
        vm.expectPartialRevert(bytes4(keccak256("AccessControlUnauthorizedAccount(address,bytes32)")));
        factory.release(ORDER);
        vm.stopPrank();
    }

    function _permit(address owner) private view returns (uint8, bytes32, bytes32) {
        bytes32 typehash =
            keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
        bytes32 message = keccak256(abi.encode(typehash, owner, address(factory), PAID, euro.nonces(owner), START));
        bytes32 digest = keccak256(abi.encodePacked("\x19\x01", euro.DOMAIN_SEPARATOR(), message));
        return vm.sign(ALICE_KEY, digest);
    }
}
