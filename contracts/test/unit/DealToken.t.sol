// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

import {DealToken} from "../../src/DealToken.sol";
import {IDealToken} from "../../src/interfaces/IDealToken.sol";
import {IEligibility} from "../../src/interfaces/IEligibility.sol";
import {ITransferRule} from "../../src/interfaces/ITransferRule.sol";
import {CountryRule} from "../../src/rules/CountryRule.sol";
import {HoldingPeriodRule} from "../../src/rules/HoldingPeriodRule.sol";
import {InvestorClassRule} from "../../src/rules/InvestorClassRule.sol";
import {MaxBalanceRule} from "../../src/rules/MaxBalanceRule.sol";
import {MaxHoldersRule} from "../../src/rules/MaxHoldersRule.sol";
import {World} from "../World.sol";

contract DealTokenTest is World {
    uint256 private constant BOUGHT = 4_000e18;
    uint64 private constant CLOSING = START + 60 days;

    function setUp() public override {
        super.setUp();
        openEuro(ORDER, ALICE, 10_000e6);
        openEuro(ORDER_2, BOB, 10_000e6);
        release(ORDER);
        release(ORDER_2);
    }

    function test_TokensStayPutUntilTheSaleHasSucceeded() external {
        _refused(ALICE, BOB, 1, 1);
        finalise(sale);
        vm.prank(ALICE);
        token.transfer(BOB, 1e18);
        assertEq(token.balanceOf(BOB), BOUGHT + 1e18, "bob");
    }

    function test_EachReasonHasItsNumber() external {
        finalise(sale);
        _refused(ALICE, MALLORY, 1, 4);
        _refused(ALICE, BOB, BOUGHT + 1, 5);
        vm.startPrank(OTTO);
        token.setFrozenTokens(ALICE, 1e18);
        vm.stopPrank();
        _refused(ALICE, BOB, BOUGHT - 1e18 + 1, 5);
        vm.prank(OTTO);
        token.setAddressFrozen(BOB, true);
        _refused(ALICE, BOB, 1, 3);
        vm.prank(OTTO);
        token.setAddressFrozen(ALICE, true);
        _refused(ALICE, BOB, 1, 2);
    }

    function test_EligibilityComesEndsAndIsBarred() external {
        finalise(sale);
        vm.prank(OPERATOR);
        factory.setEligible(MALLORY, true);
        assertTrue(factory.isVerified(MALLORY), "verified");
        assertEq(token.canTransfer(ALICE, MALLORY, 1), 0, "eligible");
        vm.prank(OPERATOR);
        factory.setEligible(BOB, false);
        assertEq(token.canTransfer(ALICE, BOB, 1), 4, "barred holder");
        vm.prank(OPERATOR);
        factory.setIdentity(MALLORY, IEligibility.Identity(IEligibility.Standing.Eligible, 276, 1, uint40(CLOSING) + 10));
        vm.warp(CLOSING + 10);
        assertEq(token.canTransfer(ALICE, MALLORY, 1), 0, "last second");
        vm.warp(CLOSING + 11);
        assertEq(token.canTransfer(ALICE, MALLORY, 1), 4, "ended");
        vm.prank(OPERATOR);
        vm.expectRevert(abi.encodeWithSelector(IEligibility.Eligibility_NoAccount.selector));
        factory.setEligible(address(0), true);
    }

    function testFuzz_CanTransferForetellsTransfer(uint256 amount, bool open, bool frozen, bool eligible) external {
        if (open) finalise(sale);
        amount = bound(amount, 0, 2 * BOUGHT);
        address to = eligible ? BOB : MALLORY;
        vm.prank(OTTO);
        token.setAddressFrozen(ALICE, frozen);
        uint8 reason = token.canTransfer(ALICE, to, amount);
        if (reason != 0) vm.expectRevert(abi.encodeWithSelector(IDealToken.DealToken_TransferRefused.selector, reason));
        vm.prank(ALICE);
        token.transfer(to, amount);
        assertTrue(reason == 0 == (open && !frozen && eligible && amount <= BOUGHT), "reason");
    }

    function test_AnAllowanceIsSpent() external {
        finalise(sale);
        vm.prank(ALICE);
        token.approve(OTTO, 5);
        vm.startPrank(OTTO);
        token.transferFrom(ALICE, BOB, 3);
        assertEq(token.allowance(ALICE, OTTO), 2, "left");
        vm.expectPartialRevert(bytes4(keccak256("ERC20InsufficientAllowance(address,uint256,uint256)")));
        token.transferFrom(ALICE, BOB, 3);
        vm.stopPrank();
        vm.prank(ALICE);
        token.approve(OTTO, type(uint256).max);
        vm.prank(OTTO);
        token.transferFrom(ALICE, BOB, 1);
        assertEq(token.allowance(ALICE, OTTO), type(uint256).max, "endless");
    }

    function test_AnAgentForcesTransfersOnceOpen() external {
        vm.startPrank(OTTO);
        vm.expectRevert(abi.encodeWithSelector(IDealToken.DealToken_TransfersClosed.selector));
        token.forcedTransfer(ALICE, BOB, 1, "court");
        vm.stopPrank();
        finalise(sale);
        vm.startPrank(OTTO);
        token.setAddressFrozen(ALICE, true);
        token.setFrozenTokens(ALICE, BOUGHT);
        vm.expectRevert(abi.encodeWithSelector(IDealToken.DealToken_TransferRefused.selector, 4));
        token.forcedTransfer(ALICE, MALLORY, 1, "court");
        vm.expectEmit(address(token));
        emit IDealToken.ForcedTransfer(ALICE, BOB, BOUGHT - 1, "court", OTTO);
        token.forcedTransfer(ALICE, BOB, BOUGHT - 1, "court");
        vm.stopPrank();
        assertEq(token.getFrozenTokens(ALICE), 1, "freeze shrank");
        assertEq(token.balanceOf(BOB), 2 * BOUGHT - 1, "bob");
    }

    function test_ARecoveryMovesEverythingOnce() external {
        vm.startPrank(OTTO);
        token.setFrozenTokens(ALICE, 7);
        token.setAddressFrozen(ALICE, true);
        token.recoveryAddress(ALICE, MALLORY, "lost key");
        assertEq(token.balanceOf(MALLORY), BOUGHT, "balance");
        assertEq(token.getFrozenTokens(MALLORY), 7, "frozen tokens");
        assertTrue(token.isFrozen(MALLORY), "frozen");
        assertEq(token.currentHolder(ALICE), MALLORY, "holder");
        vm.expectRevert(abi.encodeWithSelector(IDealToken.DealToken_RecoveredBefore.selector, ALICE));
        token.recoveryAddress(ALICE, BOB, "again");
        vm.expectRevert(abi.encodeWithSelector(IDealToken.DealToken_RecoveredBefore.selector, ALICE));
        token.recoveryAddress(MALLORY, ALICE, "back");
        vm.stopPrank();
    }

    function test_FreezesOfPartsAddUpAndComeOff() external {
        finalise(sale);
        vm.startPrank(OTTO);
        token.freezePartialTokens(ALICE, BOUGHT / 4);
        token.freezePartialTokens(ALICE, BOUGHT / 4);
        assertEq(token.getFrozenTokens(ALICE), BOUGHT / 2, "both");
        vm.expectRevert(
            abi.encodeWithSelector(IDealToken.DealToken_FrozenAboveBalance.selector, BOUGHT + BOUGHT / 4, BOUGHT)
        );
        token.freezePartialTokens(ALICE, BOUGHT * 3 / 4);
        token.unfreezePartialTokens(ALICE, BOUGHT / 4);
        assertEq(token.getFrozenTokens(ALICE), BOUGHT / 4, "one");
        vm.expectRevert(
            abi.encodeWithSelector(IDealToken.DealToken_NotThatMuchFrozen.selector, BOUGHT, BOUGHT / 4)
        );
        token.unfreezePartialTokens(ALICE, BOUGHT);
        vm.stopPrank();
        assertEq(token.canTransfer(ALICE, BOB, BOUGHT), 5, "too much");
        assertEq(token.canTransfer(ALICE, BOB, BOUGHT * 3 / 4), 0, "the rest");
    }

    function test_ATokenSaysWhatERC3643Asks() external {
        assertTrue(token.paused(), "paused until the sale has succeeded");
        assertEq(token.compliance(), address(token), "compliance");
        assertEq(token.identityRegistry(), address(factory), "registry");
        finalise(sale);
        assertTrue(!token.paused(), "open");
    }

    function test_HoldersAreCounted() external {
        vm.prank(OTTO);
        token.recoveryAddress(ALICE, MALLORY, "lost key");
        assertEq(token.holderCount(), 0, "not counted yet");
        finalise(sale);
        assertEq(token.holderCount(), 2, "buyers");
        vm.prank(OPERATOR);
        factory.setEligible(OTTO, true);
        vm.startPrank(BOB);
        token.transfer(OTTO, 1);
        assertEq(token.holderCount(), 3, "one more");
        token.transfer(BOB, BOUGHT - 1);
        assertEq(token.holderCount(), 3, "to oneself");
        token.transfer(OTTO, BOUGHT - 1);
        assertEq(token.holderCount(), 2, "one less");
        vm.stopPrank();
        vm.prank(OTTO);
        token.recoveryAddress(MALLORY, OTTO, "merged");
        assertEq(token.holderCount(), 1, "merged");
    }

    function test_ABuyerOfTwoInvestmentsIsOneHolder() external {
        openEuro(order(3), ALICE, 1_000e6);
        release(order(3));
        finalise(sale);
        assertEq(token.holderCount(), 2, "alice and bob");
    }

    function test_AMergeBeforeOpeningIsCountedToo() external {
        vm.prank(OTTO);
        token.recoveryAddress(ALICE, BOB, "same person");
        finalise(sale);
        assertEq(token.holderCount(), 1, "one");
    }

    function test_OnlySaleAndFactoryHaveTheirDoors() external {
        vm.startPrank(OPERATOR);
        bytes memory notTheSale = abi.encodeWithSelector(IDealToken.DealToken_NotTheSale.selector, OPERATOR);
        vm.expectRevert(notTheSale);
        token.mint(OPERATOR, 1);
        vm.expectRevert(notTheSale);
        token.burn(ALICE, 1);
        vm.expectRevert(notTheSale);
        token.openTransfers(1);
        vm.expectRevert(abi.encodeWithSelector(IDealToken.DealToken_NotTheFactory.selector, OPERATOR));
        token.setSale(OPERATOR);
        vm.expectRevert(abi.encodeWithSelector(IDealToken.DealToken_NotAnAgent.selector, OPERATOR));
        token.forcedTransfer(ALICE, OPERATOR, 1, "mine");
        vm.stopPrank();
    }

    function test_FreezesHaveBounds() external {
        vm.prank(OTTO);
        vm.expectRevert(abi.encodeWithSelector(IDealToken.DealToken_FrozenAboveBalance.selector, BOUGHT + 1, BOUGHT));
        token.setFrozenTokens(ALICE, BOUGHT + 1);
    }

    // rules

    function test_RecipientsMustLiveWhereTheListAllows() external {
        CountryRule rule = CountryRule(_create("CountryRule", type(CountryRule).creationCode, ""));
        uint16[] memory codes = new uint16[](2);
        (codes[0], codes[1]) = (276, 840);
        vm.prank(OTTO);
        rule.setCountries(address(token), true, codes);
        _with(rule);
        _identity(BOB, 276, 0);
        assertEq(token.canTransfer(ALICE, BOB, 1), 0, "listed");
        _identity(BOB, 250, 0);
        _refused(ALICE, BOB, 1, 10);
        vm.prank(OTTO);
        rule.setCountries(address(token), false, codes);
        assertEq(token.canTransfer(ALICE, BOB, 1), 0, "not shut out");
        _identity(BOB, 840, 0);
        _refused(ALICE, BOB, 1, 10);
        codes[0] = 1000;
        vm.prank(OTTO);
        vm.expectRevert(abi.encodeWithSelector(CountryRule.CountryRule_NoSuchCountry.selector, 1000));
        rule.setCountries(address(token), true, codes);
    }

    function test_HoldersHaveALimit() external {
        MaxHoldersRule rule = MaxHoldersRule(_create("MaxHoldersRule", type(MaxHoldersRule).creationCode, ""));
        vm.prank(OTTO);
        rule.setLimit(address(token), 2);
        _with(rule);
        _identity(MALLORY, 0, 0);
        _refused(ALICE, MALLORY, 1, 11);
        assertEq(token.canTransfer(ALICE, BOB, 1), 0, "to a holder");
        vm.prank(ALICE);
        token.transfer(MALLORY, BOUGHT);
        assertEq(token.holderCount(), 2, "one for another");
    }

    function test_TokensAreHeldForAWhile() external {
        HoldingPeriodRule rule = HoldingPeriodRule(_create("HoldingPeriodRule", type(HoldingPeriodRule).creationCode, ""));
        vm.prank(OTTO);
        rule.setPeriod(address(token), 90 days);
        _with(rule);
        vm.warp(START + 90 days - 1);
        _refused(ALICE, BOB, 1, 12);
        vm.warp(START + 90 days);
        vm.prank(ALICE);
        token.transfer(BOB, 1);
        assertEq(token.heldSince(BOB), START, "a gift restarts nothing");
        _identity(MALLORY, 0, 0);
        vm.prank(ALICE);
        token.transfer(MALLORY, 1);
        _refused(MALLORY, BOB, 1, 12);
    }

    function test_NobodyHoldsMoreThanTheLimit() external {
        MaxBalanceRule rule = MaxBalanceRule(_create("MaxBalanceRule", type(MaxBalanceRule).creationCode, ""));
        vm.prank(OTTO);
        rule.setLimit(address(token), BOUGHT + 10);
        _with(rule);
        assertEq(token.canTransfer(ALICE, BOB, 10), 0, "at the limit");
        _refused(ALICE, BOB, 11, 13);
        assertEq(token.canTransfer(ALICE, ALICE, 11), 0, "to oneself");
    }

    function test_RecipientsMustBeOfAClass() external {
        InvestorClassRule rule = InvestorClassRule(_create("InvestorClassRule", type(InvestorClassRule).creationCode, ""));
        vm.prank(OTTO);
        rule.setClasses(address(token), 1 << 3 | 1 << 1);
        _with(rule);
        _identity(BOB, 0, 3);
        assertEq(token.canTransfer(ALICE, BOB, 1), 0, "let in");
        _identity(BOB, 0, 2);
        _refused(ALICE, BOB, 1, 14);
    }

    function test_RulesBelongToTheirTenant() external {
        MaxBalanceRule rule = MaxBalanceRule(_create("MaxBalanceRule", type(MaxBalanceRule).creationCode, ""));
        ITransferRule[] memory rules = new ITransferRule[](9);
        vm.startPrank(OPERATOR);
        vm.expectRevert(abi.encodeWithSelector(ITransferRule.TransferRule_NotAnAdmin.selector, OPERATOR));
        rule.setLimit(address(token), 1);
        vm.expectRevert(abi.encodeWithSelector(IDealToken.DealToken_NotAnAdmin.selector, OPERATOR));
        token.setRules(rules);
        vm.stopPrank();
        vm.prank(OTTO);
        vm.expectRevert(abi.encodeWithSelector(IDealToken.DealToken_TooManyRules.selector, 9));
        token.setRules(rules);
    }

    function test_RulesApplyInTheirOrderAndGoAgain() external {
        MaxBalanceRule balance = MaxBalanceRule(_create("MaxBalanceRule", type(MaxBalanceRule).creationCode, ""));
        InvestorClassRule class = InvestorClassRule(_create("InvestorClassRule", type(InvestorClassRule).creationCode, ""));
        vm.prank(OTTO);
        balance.setLimit(address(token), 1);
        ITransferRule[] memory rules = new ITransferRule[](2);
        (rules[0], rules[1]) = (class, balance);
        vm.prank(OTTO);
        token.setRules(rules);
        finalise(sale);
        _refused(ALICE, BOB, 1, 14);
        assertEq(address(token.rules()[1]), address(balance), "second rule");
        vm.prank(OTTO);
        token.setRules(new ITransferRule[](0));
        assertEq(token.canTransfer(ALICE, BOB, 1), 0, "no rules");
    }

    function _with(ITransferRule rule) private {
        ITransferRule[] memory rules = new ITransferRule[](1);
        rules[0] = rule;
        vm.prank(OTTO);
        token.setRules(rules);
        finalise(sale);
    }

    function _identity(address account, uint16 country, uint8 class) private {
        vm.prank(OPERATOR);
        factory.setIdentity(account, IEligibility.Identity(IEligibility.Standing.Eligible, country, class, 0));
    }

    function _refused(address from, address to, uint256 amount, uint8 reason) private {
        assertEq(token.canTransfer(from, to, amount), reason, "reason");
        vm.prank(from);
        vm.expectRevert(abi.encodeWithSelector(IDealToken.DealToken_TransferRefused.selector, reason));
        token.transfer(to, amount);
    }
}
