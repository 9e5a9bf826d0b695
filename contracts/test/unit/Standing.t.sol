// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

import {IEligibility} from "../../src/interfaces/IEligibility.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {World} from "../World.sol";

/// @notice What the registry remembers of a person, and what a token keeps of an account through purchases and transfers.
contract StandingTest is World {
    uint256 private constant BOUGHT = 4_000e18;

    function setUp() public override {
        super.setUp();
        openEuro(ORDER, ALICE, 10_000e6);
        release(ORDER);
    }

    function test_WhoIsBarredStaysBarredWhenTheTimeIsOut() external {
        _identify(MALLORY, IEligibility.Standing.Barred, START + 10);
        vm.warp(START + 11);
        assertEq(uint256(factory.identityOf(MALLORY).standing), uint256(IEligibility.Standing.Barred), "barred");
        _identify(MALLORY, IEligibility.Standing.Eligible, START + 10);
        assertEq(uint256(factory.identityOf(MALLORY).standing), uint256(IEligibility.Standing.Unknown), "ended");
    }

    function test_AnAdmissionLiftsTheOldEnd() external {
        _identify(MALLORY, IEligibility.Standing.Eligible, START + 10);
        vm.prank(OPERATOR);
        factory.setEligible(MALLORY, true);
        vm.warp(START + 1_000 days);
        assertTrue(factory.isVerified(MALLORY), "without an end");
        assertEq(factory.identityOf(MALLORY).country, 276, "the rest is kept");
    }

    function test_APurchaseKeepsTheFreezeAndStartsTheHoldingPeriod() external {
        assertEq(token.heldSince(ALICE), START, "first purchase");
        vm.startPrank(OTTO);
        token.setAddressFrozen(ALICE, true);
        token.setFrozenTokens(ALICE, 7e18);
        vm.stopPrank();
        openEuro(order(2), ALICE, 10_000e6);
        vm.warp(START + 3 days);
        release(order(2));
        assertTrue(token.isFrozen(ALICE), "frozen");
        assertEq(token.getFrozenTokens(ALICE), 7e18, "frozen tokens");
        assertEq(token.heldSince(ALICE), START + 3 days, "second purchase");
        assertEq(token.balanceOf(ALICE), 2 * BOUGHT, "tokens");
    }

    function test_AForcedTransferLeavesTheRestOfBothAccountsAlone() external {
        finalise(sale);
        vm.prank(OPERATOR);
        factory.setEligible(BOB, true);
        vm.startPrank(OTTO);
        token.setFrozenTokens(ALICE, BOUGHT);
        vm.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, ALICE, BOUGHT, BOUGHT + 1)
        );
        token.forcedTransfer(ALICE, BOB, BOUGHT + 1, "court");
        token.forcedTransfer(ALICE, BOB, 1e18, "court");
        assertEq(token.getFrozenTokens(ALICE), BOUGHT - 1e18, "the freeze shrinks to the balance");
        token.setAddressFrozen(ALICE, true);
        token.forcedTransfer(ALICE, BOB, BOUGHT - 1e18, "court");
        vm.stopPrank();
        assertEq(token.balanceOf(ALICE), 0, "alice's tokens");
        assertEq(token.getFrozenTokens(ALICE), 0, "nothing to freeze");
        assertTrue(token.isFrozen(ALICE), "still frozen");
        assertEq(token.heldSince(ALICE), START, "her clock");
        assertEq(token.balanceOf(BOB), BOUGHT, "bob's tokens");
        assertEq(token.heldSince(BOB), START + 60 days, "his clock");
        assertEq(token.holderCount(), 1, "one holder");
        assertEq(token.totalSupply(), BOUGHT, "supply");
    }

    function test_SendingNothingMakesNoHolder() external {
        finalise(sale);
        vm.prank(OPERATOR);
        factory.setEligible(BOB, true);
        vm.prank(ALICE);
        token.transfer(BOB, 0);
        assertEq(token.holderCount(), 1, "holders");
        assertEq(token.heldSince(BOB), 0, "no clock");
    }

    function test_TheHoldingPeriodIsCountedFromTheLastTime() external {
        finalise(sale);
        vm.prank(OPERATOR);
        factory.setEligible(BOB, true);
        vm.prank(ALICE);
        token.transfer(BOB, BOUGHT);
        vm.warp(START + 77 days);
        vm.prank(BOB);
        token.transfer(ALICE, BOUGHT);
        assertEq(token.heldSince(ALICE), START + 77 days, "alice's clock");
        assertEq(token.heldSince(BOB), START + 60 days, "bob's clock");
    }

    function _identify(address account, IEligibility.Standing standing, uint64 until) private {
        vm.prank(OPERATOR);
        factory.setIdentity(account, IEligibility.Identity(standing, 276, 1, uint40(until)));
    }
}
