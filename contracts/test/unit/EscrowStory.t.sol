// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

import {Escrow} from "../../src/Escrow.sol";
import {IEscrowDesk} from "../../src/interfaces/IEscrowDesk.sol";
import {World} from "../World.sol";

/// @notice The main ways of money from end to end.
contract EscrowStoryTest is World {
    uint256 private constant PAID = 5_000e6;

    function test_ApprovalBringsTheMoneyToTheSaleAndTokensToThePayer() external {
        address foretold = factory.escrowAddress(ORDER, EURO_DEAL, ALICE, PAID);
        Escrow escrow = openEuro(ORDER, ALICE, PAID);
        assertEq(address(escrow), foretold, "escrow address");
        assertEq(euro.balanceOf(address(escrow)), PAID, "held");
        assertEq(escrow.state(), 1, "held state");
        release(ORDER);
        assertEq(euro.balanceOf(address(escrow)), 0, "left in escrow");
        assertEq(euro.balanceOf(address(sale)), PAID, "in the sale");
        assertEq(token.balanceOf(ALICE), 2_000e18, "tokens");
        assertEq(sale.feeDue(), 100e6, "fee");
        assertEq(escrow.state(), 2, "released state");
    }

    function test_RejectionBringsTheMoneyBack() external {
        openEuro(ORDER, ALICE, PAID);
        reject(ORDER);
        assertEq(euro.balanceOf(ALICE), 1_000_000e6, "alice");
        assertEq(stateOf(ORDER), 3, "refunded state");
    }

    function test_After14DaysThePayerLeavesAloneEvenWhenAllIsPaused() external {
        Escrow escrow = openEuro(ORDER, ALICE, PAID);
        vm.prank(SAM);
        service.pause();
        vm.prank(OTTO);
        sale.pause();
        vm.warp(START + 14 days - 1);
        vm.prank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(IEscrowDesk.EscrowDesk_TooEarly.selector, ORDER, START + 14 days));
        escrow.refund();
        vm.warp(START + 14 days);
        vm.prank(ALICE);
        escrow.refund();
        assertEq(euro.balanceOf(ALICE), 1_000_000e6, "alice");
    }

    function test_NativeCoinTakesTheSameWay() external {
        Escrow escrow = openCoin(ORDER, ALICE, PAID);
        assertEq(address(escrow).balance, PAID, "held");
        release(ORDER);
        assertEq(address(coinSale).balance, PAID, "in the sale");
        openCoin(ORDER_2, BOB, PAID);
        reject(ORDER_2);
        assertEq(BOB.balance, 1_000_000e6, "bob");
    }

    function test_ASuccessfulSalePaysIssuerAndTreasury() external {
        openEuro(ORDER, ALICE, 10_000e6);
        release(ORDER);
        vm.warp(START + 60 days);
        vm.prank(OPERATOR);
        sale.finalise();
        assertEq(euro.balanceOf(IRENE), 9_800e6, "issuer");
        assertEq(euro.balanceOf(TREASURY), 200e6, "treasury");
        assertTrue(token.transfersOpen(), "transfers");
    }

    function test_AFailedSaleGivesEverythingBack() external {
        openEuro(ORDER, ALICE, PAID);
        release(ORDER);
        vm.warp(START + 90 days);
        sale.claimRefund(ORDER);
        assertEq(euro.balanceOf(ALICE), 1_000_000e6, "alice");
        assertEq(token.totalSupply(), 0, "tokens");
    }
}
