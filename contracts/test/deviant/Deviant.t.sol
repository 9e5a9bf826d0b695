// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

import {Escrow} from "../../src/Escrow.sol";
import {TokenSale} from "../../src/TokenSale.sol";
import {IEscrow} from "../../src/interfaces/IEscrow.sol";
import {IEscrowDesk} from "../../src/interfaces/IEscrowDesk.sol";
import {ITokenSale} from "../../src/interfaces/ITokenSale.sol";
import {World} from "../World.sol";
import "./Tokens.sol";

/// @notice Tokens that break ERC-20's habits: each is served exactly or refused, never booked wrongly.
contract DeviantTokenTest is World {
    uint256 private constant PAID = 20_000e6;
    bytes32 private constant DEAL = bytes32(uint256(99) << 128);

    TokenSale private odd;

    function test_ATokenThatReturnsNothingIsServed() external {
        SilentToken asset = new SilentToken();
        _list(address(asset));
        vm.prank(ALICE);
        asset.approve(address(factory), 3 * PAID);
        _open(ORDER);
        release(ORDER);
        _open(order(2));
        reject(order(2));
        finalise(odd);
        assertEq(asset.balanceOf(IRENE), PAID * 98 / 100, "issuer");
        assertEq(asset.balanceOf(TREASURY), PAID * 2 / 100, "treasury");
        assertEq(asset.balanceOf(ALICE), 9 * PAID, "alice");
    }

    function test_ATokenThatSaysFalseIsRefused() external {
        _listed(new FalseToken());
        vm.expectPartialRevert(bytes4(keccak256("SafeERC20FailedOperation(address)")));
        _open(ORDER);
    }

    function test_ATokenThatKeepsAFeeIsRefused() external {
        FeeToken asset = new FeeToken();
        _listed(asset);
        asset.setFee(1);
        vm.expectRevert(
            abi.encodeWithSelector(IEscrowDesk.EscrowDesk_AmountNotReceived.selector, PAID - PAID / 10_000, PAID)
        );
        _open(ORDER);
    }

    function test_AFeeSwitchedOnLaterStopsReleasesButNotRefunds() external {
        FeeToken asset = new FeeToken();
        _listed(asset);
        Escrow escrow = _open(ORDER);
        asset.setFee(100);
        vm.expectRevert(abi.encodeWithSelector(IEscrow.Escrow_ShortTransfer.selector, PAID * 99 / 100, PAID));
        release(ORDER);
        assertEq(odd.raised(), 0, "raised");
        vm.warp(START + 14 days);
        refund(escrow, ALICE);
        assertEq(asset.balanceOf(ALICE), 10 * PAID - PAID / 100, "alice");
    }

    function test_AShrunkenBalanceIsRefundedAsFarAsItGoes() external {
        RebasingToken asset = new RebasingToken();
        _listed(asset);
        Escrow escrow = _open(ORDER);
        asset.rebase(address(escrow), PAID / 2);
        vm.expectPartialRevert(bytes4(keccak256("Panic(uint256)")));
        release(ORDER);
        vm.expectEmit(address(factory));
        emit IEscrowDesk.EscrowRefunded(ORDER, address(escrow), PAID / 2, 1, REASON);
        reject(ORDER);
        assertEq(asset.balanceOf(ALICE), 9 * PAID + PAID / 2, "alice");
    }

    function test_AGrownBalanceIsThePayersAfterTheEnd() external {
        RebasingToken asset = new RebasingToken();
        _listed(asset);
        Escrow escrow = _open(ORDER);
        asset.rebase(address(escrow), PAID + 5);
        release(ORDER);
        assertEq(asset.balanceOf(address(odd)), PAID, "sale");
        escrow.sweep(address(asset));
        assertEq(asset.balanceOf(ALICE), 9 * PAID + 5, "alice");
    }

    function test_ABlockedPayerLosesNothingAndHoldsUpNobody() external {
        BlocklistToken asset = new BlocklistToken();
        _listed(asset);
        Escrow escrow = _open(ORDER);
        asset.mint(BOB, PAID);
        vm.startPrank(BOB);
        asset.approve(address(factory), PAID);
        factory.openEscrow(ORDER_2, DEAL, PAID);
        vm.stopPrank();
        asset.setBlocked(ALICE, true);
        vm.expectRevert(abi.encodeWithSignature("Error(string)", "blocked"));
        reject(ORDER);
        reject(ORDER_2);
        assertEq(stateOf(ORDER), 1, "still held");
        asset.setBlocked(ALICE, false);
        vm.warp(START + 40 days);
        refund(escrow, MALLORY);
        assertEq(asset.balanceOf(ALICE), 10 * PAID, "alice");
    }

    function test_AStoppedTokenWaits() external {
        PausableToken asset = new PausableToken();
        _listed(asset);
        Escrow escrow = _open(ORDER);
        asset.setStopped(true);
        vm.warp(START + 20 days);
        vm.expectRevert(abi.encodeWithSignature("Error(string)", "stopped"));
        refund(escrow, ALICE);
        asset.setStopped(false);
        refund(escrow, ALICE);
        assertEq(asset.balanceOf(ALICE), 10 * PAID, "alice");
    }

    function test_ATokenThatCallsBackGainsNothing() external {
        CallbackToken asset = new CallbackToken();
        _listed(asset);
        asset.callBack(address(factory), abi.encodeCall(factory.openEscrow, (order(2), DEAL, PAID)));
        Escrow escrow = _open(ORDER);
        assertTrue(!asset.succeeded(), "opened within opening");
        vm.warp(START + 30 days);
        asset.callBack(address(escrow), abi.encodeCall(escrow.refund, ()));
        refund(escrow, ALICE);
        assertTrue(!asset.succeeded(), "refunded within refunding");
        assertEq(asset.balanceOf(ALICE), 10 * PAID, "alice");
    }

    function test_TheLargestNumberIsNoTicket() external {
        _listed(new AllForMaxToken());
        vm.prank(ALICE);
        vm.expectPartialRevert(ITokenSale.TokenSale_AboveMaxTicket.selector);
        factory.openEscrow(ORDER, DEAL, type(uint256).max);
    }

    function test_ASaleWithoutFeeDoesNotSendNothing() external {
        vm.prank(SAM);
        service.setFee(0);
        NoZeroToken asset = new NoZeroToken();
        _listed(asset);
        _open(ORDER);
        release(ORDER);
        finalise(odd);
        assertEq(asset.balanceOf(IRENE), PAID, "issuer");
    }

    function _listed(Returning asset) private {
        _list(address(asset));
        vm.prank(ALICE);
        asset.approve(address(factory), 5 * PAID);
    }

    function _list(address asset) private {
        (, odd) = setUpDeal(DEAL, terms(asset));
        Plain(asset).mint(ALICE, 10 * PAID);
    }

    function _open(bytes32 id) private returns (Escrow) {
        vm.prank(ALICE);
        return Escrow(factory.openEscrow(id, DEAL, PAID));
    }
}
