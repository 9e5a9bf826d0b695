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

/// @notice One sale, several payment tokens and native coin; allocations of many at once.
contract SaleAssetsTest is World {
    /// @dev 2.50 euro a token are 2.40 francs, or a thousandth of a coin.
    uint256 private constant IN_FRANCS = 2_400_000;
    uint256 private constant IN_COIN = 0.001 ether;

    DemoEuro private _franc;

    function setUp() public override {
        super.setUp();
        _franc = new DemoEuro();
        for (uint160 i; i < 2; ++i) {
            address investor = [ALICE, BOB][i];
            _franc.mint(investor, 1_000_000e6);
            vm.prank(investor);
            _franc.approve(address(factory), type(uint256).max);
        }
        vm.deal(ALICE, 100 ether);
        _accept(address(_franc), IN_FRANCS);
        _accept(Assets.NATIVE, IN_COIN);
    }

    function test_EachAssetIsWorthWhatTheSameTokensCost() external view {
        assertEq(sale.valueOf(address(_franc), 2_400e6), 2_500e6, "francs");
        assertEq(sale.valueOf(Assets.NATIVE, 1 ether), 2_500e6, "coin");
        assertEq(sale.priceIn(address(_franc)), IN_FRANCS, "price");
    }

    function test_OneSaleIsPaidInThreeAssetsAndPaysEachOut() external {
        openEuro(order(1), ALICE, 6_000e6);
        Escrow francs = _open(order(2), ALICE, address(_franc), 2_400e6);
        Escrow coin = _open(order(3), ALICE, Assets.NATIVE, 1 ether);
        assertEq(francs.asset(), address(_franc), "asset");
        assertEq(coin.refundable(), 1 ether, "coin held");
        assertEq(coin.investmentId(), order(3), "id");
        vm.expectEmit(address(factory));
        emit IEscrowDesk.EscrowReleased(order(2), address(francs), 2_352e6, 48e6, 1_000e18);
        release(order(2));
        release(order(1));
        release(order(3));
        assertEq(sale.raised(), 11_000e6, "worth");
        assertEq(sale.feeDue(), 120e6, "fee in euro");
        assertEq(token.balanceOf(ALICE), 4_400e18, "tokens");
        finalise(sale);
        assertEq(euro.balanceOf(IRENE), 5_880e6, "euro");
        vm.expectEmit(address(factory));
        emit IDealDesk.SalePaidOut(EURO_DEAL, address(sale), address(_franc), 2_352e6, 48e6);
        sale.payOut(address(_franc));
        sale.payOut(Assets.NATIVE);
        assertEq(_franc.balanceOf(IRENE), 2_352e6, "francs");
        assertEq(_franc.balanceOf(TREASURY), 48e6, "fee in francs");
        assertEq(IRENE.balance, 0.98 ether, "coin");
        assertEq(TREASURY.balance, 0.02 ether, "fee in coin");
        vm.expectRevert(abi.encodeWithSelector(ITokenSale.TokenSale_NothingToPay.selector, address(_franc)));
        sale.payOut(address(_franc));
    }

    function test_AFailedSaleReturnsWhatWasPaid() external {
        openEuro(order(1), ALICE, 1_000e6);
        _open(order(2), ALICE, address(_franc), 2_400e6);
        _open(order(3), ALICE, Assets.NATIVE, 1 ether);
        for (uint256 i = 1; i < 4; ++i) release(order(i));
        vm.expectPartialRevert(ITokenSale.TokenSale_WrongStatus.selector);
        sale.payOut(address(_franc));
        vm.prank(OTTO);
        sale.fail(REASON);
        for (uint256 i = 1; i < 4; ++i) sale.claimRefund(order(i));
        assertEq(euro.balanceOf(ALICE), 1_000_000e6, "euro");
        assertEq(_franc.balanceOf(ALICE), 1_000_000e6, "francs");
        assertEq(ALICE.balance, 100 ether, "coin");
        assertEq(token.totalSupply(), 0, "tokens");
        vm.expectPartialRevert(ITokenSale.TokenSale_WrongStatus.selector);
        sale.payOut(address(_franc));
    }

    function test_WhatIsHeldInAnotherAssetTakesTheSameWaysOut() external {
        Escrow escrow = _open(ORDER, ALICE, address(_franc), 2_400e6);
        vm.expectRevert(abi.encodeWithSelector(IEscrow.Escrow_StillHeld.selector));
        escrow.sweep(address(_franc));
        reject(ORDER);
        _open(order(2), ALICE, Assets.NATIVE, 1 ether);
        vm.warp(START + 14 days);
        (address coin,,,) = factory.escrowOf(order(2));
        refund(Escrow(coin), ALICE);
        assertEq(_franc.balanceOf(ALICE), 1_000_000e6, "francs");
        assertEq(ALICE.balance, 100 ether, "coin");
    }

    function test_APriceIsTheOneOfTheOpening() external {
        address foretold = factory.escrowAddressIn(ORDER, EURO_DEAL, ALICE, address(_franc), 2_400e6);
        assertEq(address(_open(ORDER, ALICE, address(_franc), 2_400e6)), foretold, "address");
        _accept(address(_franc), IN_FRANCS * 2);
        release(ORDER);
        assertEq(sale.raised(), 2_500e6, "the old price");
        vm.prank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(ITokenSale.TokenSale_TooFewTokens.selector, 500e18, 1_000e18));
        factory.openEscrowIn(order(2), EURO_DEAL, address(_franc), 2_400e6, 1_000e18, "");
        _accept(address(_franc), 0);
        vm.expectRevert(abi.encodeWithSelector(ITokenSale.TokenSale_AssetNotAccepted.selector, address(_franc)));
        _open(order(2), ALICE, address(_franc), 2_400e6);
    }

    function test_AnAssetNoLongerAcceptedIsStillReleased() external {
        _open(ORDER, ALICE, Assets.NATIVE, 1 ether);
        _accept(Assets.NATIVE, 0);
        release(ORDER);
        assertEq(address(sale).balance, 1 ether, "in the sale");
    }

    function test_TicketsAndCapsAreCountedInTheSalesOwnAsset() external {
        vm.expectRevert(abi.encodeWithSelector(ITokenSale.TokenSale_BelowMinTicket.selector, 99_999_998, 100e6));
        _open(ORDER, ALICE, address(_franc), 95_999_999);
        vm.expectRevert(abi.encodeWithSelector(ITokenSale.TokenSale_AboveMaxTicket.selector, 62_500e6, 50_000e6));
        _open(ORDER, ALICE, address(_franc), 60_000e6);
        openEuro(order(1), ALICE, 50_000e6);
        openEuro(order(2), ALICE, 48_000e6);
        release(order(1));
        release(order(2));
        vm.expectRevert(abi.encodeWithSelector(ITokenSale.TokenSale_HardCapExceeded.selector, 2_500e6, 2_000e6));
        _open(ORDER, ALICE, address(_franc), 2_400e6);
    }

    function test_CoinMustBeExactHereToo() external {
        vm.startPrank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(IEscrowDesk.EscrowDesk_WrongValue.selector, 1 ether - 1, 1 ether));
        factory.openEscrowIn{value: 1 ether - 1}(ORDER, EURO_DEAL, Assets.NATIVE, 1 ether, 0, "");
        vm.expectRevert(abi.encodeWithSelector(IEscrowDesk.EscrowDesk_WrongValue.selector, 1, 0));
        factory.openEscrowIn{value: 1}(ORDER, EURO_DEAL, address(_franc), 2_400e6, 0, "");
        vm.stopPrank();
    }

    function test_CoinThatBoughtNothingIsNotTaken() external {
        vm.prank(ALICE);
        (bool taken,) = address(sale).call{value: 1}("");
        assertTrue(!taken, "taken");
    }

    function test_OnlyAdminsSetPricesAndNotOfTheOwnAsset() external {
        vm.prank(OPERATOR);
        vm.expectRevert(abi.encodeWithSelector(ITokenSale.TokenSale_NotAllowed.selector, OPERATOR));
        sale.setAsset(address(_franc), 1);
        vm.expectRevert(abi.encodeWithSelector(ITokenSale.TokenSale_AssetNotAccepted.selector, address(euro)));
        _accept(address(euro), 1);
        vm.prank(OTTO);
        sale.fail(REASON);
        vm.expectRevert(abi.encodeWithSelector(ITokenSale.TokenSale_WrongStatus.selector, 4));
        _accept(address(_franc), 1);
    }

    function test_AGateSetLaterKeepsTheBooksApart() external {
        openEuro(order(1), ALICE, 10_000e6);
        _open(order(2), ALICE, address(_franc), 2_400e6);
        release(order(1));
        release(order(2));
        vm.prank(OPERATOR);
        sale.setGate(0, false, 0);
        _franc.mint(address(sale), 7);
        finalise(sale);
        assertEq(euro.balanceOf(IRENE), 9_800e6, "euro alone");
        sale.sweep(address(_franc));
        assertEq(_franc.balanceOf(IRENE), 7, "the gift alone");
        sale.payOut(address(_franc));
        assertEq(_franc.balanceOf(IRENE), 2_352e6 + 7, "the rest");
    }

    function test_APartThatIsWorthNothingIsNotTakenForEuro() external {
        _open(ORDER, ALICE, Assets.NATIVE, 1 ether);
        vm.prank(OPERATOR);
        vm.expectRevert(abi.encodeWithSelector(IEscrowDesk.EscrowDesk_WorthNothing.selector, 0.0000000001 ether));
        factory.releasePart(ORDER, 0.0000000001 ether);
    }

    /// @notice Whatever is accepted of whatever was paid: what came in is what is in the sale and what went back.
    function testFuzz_APartOfAnotherAssetAndTheRestAreTheWhole(uint256 amount, uint256 accepted) external {
        amount = bound(amount, 0.04 ether, 20 ether);
        accepted = bound(accepted, 0.000001 ether, amount);
        _open(ORDER, ALICE, Assets.NATIVE, amount);
        vm.prank(OPERATOR);
        factory.releasePart(ORDER, accepted);
        assertEq(address(sale).balance, accepted, "sale");
        assertEq(ALICE.balance, 100 ether - accepted, "alice");
        uint256 value = sale.raised();
        assertLe(value, accepted * 2_500_000 / IN_COIN, "worth at most");
        assertLe(accepted * 2_500_000 / IN_COIN, value + 1, "to the last unit");
        assertEq(token.totalSupply(), sale.quote(value), "tokens");
        vm.prank(OTTO);
        sale.fail(REASON);
        sale.claimRefund(ORDER);
        assertEq(ALICE.balance, 100 ether, "all of it");
        assertEq(token.totalSupply(), 0, "supply");
    }

    // allocate

    function test_AnAllocationReleasesReducesAndSendsBack() external {
        bytes32[] memory ids = new bytes32[](3);
        uint256[] memory accepted = new uint256[](3);
        (ids[0], ids[1], ids[2]) = (order(1), orderOf(2, BOB), order(3));
        (accepted[0], accepted[1], accepted[2]) = (5_000e6, 1_250e6, 0);
        openEuro(ids[0], ALICE, 5_000e6);
        openEuro(ids[1], BOB, 5_000e6);
        openEuro(ids[2], ALICE, 5_000e6);
        vm.prank(OPERATOR);
        factory.allocate(ids, accepted, "by lot");
        assertEq(sale.raised(), 6_250e6, "raised");
        assertEq(euro.balanceOf(ALICE), 995_000e6, "alice");
        assertEq(euro.balanceOf(BOB), 998_750e6, "bob");
        assertEq(stateOf(ids[2]), 3, "not drawn");
    }

    function test_AnAllocationIsAllOrNothing() external {
        bytes32[] memory ids = new bytes32[](2);
        (ids[0], ids[1]) = (order(1), order(2));
        uint256[] memory accepted = new uint256[](2);
        (accepted[0], accepted[1]) = (5_000e6, 5_000e6);
        openEuro(ids[0], ALICE, 5_000e6);
        vm.startPrank(OPERATOR);
        vm.expectRevert(abi.encodeWithSelector(IEscrowDesk.EscrowDesk_NotHeld.selector, ids[1], 0));
        factory.allocate(ids, accepted, 0);
        vm.expectRevert(abi.encodeWithSelector(IEscrowDesk.EscrowDesk_WrongLength.selector, 1));
        factory.allocate(ids, new uint256[](1), 0);
        vm.stopPrank();
        assertEq(stateOf(ids[0]), 1, "still held");
        vm.prank(ALICE);
        vm.expectPartialRevert(bytes4(keccak256("AccessControlUnauthorizedAccount(address,bytes32)")));
        factory.allocate(ids, accepted, 0);
    }

    function _accept(address asset, uint256 price) private {
        vm.prank(OTTO);
        sale.setAsset(asset, price);
    }

    function _open(bytes32 id, address payer, address asset, uint256 amount) private returns (Escrow) {
        vm.prank(payer);
        uint256 coin = asset == Assets.NATIVE ? amount : 0;
        return Escrow(factory.openEscrowIn{value: coin}(id, EURO_DEAL, asset, amount, 0, ""));
    }
}
