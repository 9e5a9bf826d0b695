// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

import {Distribution} from "../../src/Distribution.sol";
import {Escrow} from "../../src/Escrow.sol";
import {Pool} from "../../src/Pool.sol";
import {Vesting} from "../../src/Vesting.sol";
import {IDistribution} from "../../src/interfaces/IDistribution.sol";
import {IPool} from "../../src/interfaces/IPool.sol";
import {IPoolDesk} from "../../src/interfaces/IPoolDesk.sol";
import {IVesting} from "../../src/interfaces/IVesting.sol";
import {FeeToken} from "../deviant/Tokens.sol";
import {World} from "../World.sol";

contract PoolTest is World {
    uint256 private constant TARGET = 10_000e6;
    uint64 private constant CLOSING = START + 10 days;

    Pool private pool;

    function setUp() public override {
        super.setUp();
        pool = _pool("pool", EURO_DEAL);
        for (uint160 i; i < 2; ++i) {
            vm.prank([ALICE, BOB][i]);
            euro.approve(address(pool), type(uint256).max);
        }
    }

    function test_APoolFillsInvestsAndSharesItsTokens() external {
        _fill();
        _invest();
        (address escrow,,,) = factory.escrowOf(_id());
        assertEq(pool.escrow(), escrow, "escrow");
        assertEq(Escrow(escrow).payer(), address(pool), "payer");
        release(_id());
        finalise(sale);
        uint256 round = pool.openRound(address(token));
        vm.startPrank(OPERATOR);
        factory.setEligible(ALICE, true);
        factory.setEligible(BOB, true);
        vm.stopPrank();
        _claim(round, 0);
        _claim(round, 1);
        _claim(round, 2);
        assertEq(token.balanceOf(ALICE), 2_800e18, "alice");
        assertEq(token.balanceOf(BOB), 1_200e18, "bob");
        assertEq(token.balanceOf(address(pool)), 0, "pool");
    }

    function test_ARejectedPoolSharesExactlyWhatWasPutIn() external {
        _fill();
        _invest();
        reject(_id());
        _shareAllMoney();
        assertEq(euro.balanceOf(ALICE), 1_000_000e6, "alice");
        assertEq(euro.balanceOf(BOB), 1_000_000e6, "bob");
    }

    function test_APoolLeavesItsEscrowWhenTimeIsOut() external {
        _fill();
        _invest();
        vm.warp(START + 14 days);
        vm.prank(MALLORY);
        pool.leaveEscrow();
        _shareAllMoney();
        assertEq(euro.balanceOf(ALICE), 1_000_000e6, "alice");
    }

    function test_ContributionsHaveBounds() external {
        vm.startPrank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(IPool.Pool_TooLittle.selector, 100e6 - 1, 100e6));
        pool.contribute(100e6 - 1);
        vm.expectRevert(abi.encodeWithSelector(IPool.Pool_WrongValue.selector, 1, 0));
        pool.contribute{value: 1}(100e6);
        pool.contribute(TARGET - 50e6);
        vm.expectRevert(abi.encodeWithSelector(IPool.Pool_TooMuch.selector, 50e6 + 1, 50e6));
        pool.contribute(50e6 + 1);
        pool.contribute(50e6);
        vm.expectRevert(abi.encodeWithSelector(IPool.Pool_WrongStatus.selector, 1));
        pool.contribute(0);
        vm.stopPrank();
    }

    function test_NothingComesInWhilePausedButOutItGoes() external {
        vm.prank(ALICE);
        pool.contribute(100e6);
        vm.prank(SAM);
        service.pause();
        vm.prank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(IPool.Pool_Paused.selector));
        pool.contribute(100e6);
        vm.prank(OTTO);
        pool.cancel();
        pool.withdraw(0);
        assertEq(euro.balanceOf(ALICE), 1_000_000e6, "alice");
        vm.expectRevert(abi.encodeWithSelector(IPool.Pool_AlreadyPaid.selector, 0));
        pool.withdraw(0);
    }

    function test_APoolThatIsNotInvestedInTimeHasFailed() external {
        _fill();
        vm.expectRevert(abi.encodeWithSelector(IPool.Pool_WrongStatus.selector, 1));
        pool.withdraw(0);
        vm.warp(CLOSING - 1);
        assertEq(uint256(pool.status()), 1, "full");
        vm.warp(CLOSING);
        vm.expectRevert(abi.encodeWithSelector(IPool.Pool_WrongStatus.selector, 3));
        _invest();
        for (uint256 i; i < 3; ++i) pool.withdraw(i);
        assertEq(euro.balanceOf(ALICE) + euro.balanceOf(BOB), 2_000_000e6, "both");
        vm.prank(OTTO);
        vm.expectRevert(abi.encodeWithSelector(IPool.Pool_WrongStatus.selector, 3));
        pool.cancel();
    }

    function test_OnlyOperatorsInvestAndNobodyElseCancels() external {
        _fill();
        vm.startPrank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(IPool.Pool_NotAllowed.selector, ALICE));
        pool.invest(_id(), "");
        vm.expectRevert(abi.encodeWithSelector(IPool.Pool_NotAllowed.selector, ALICE));
        pool.cancel();
        vm.stopPrank();
        _invest();
        vm.prank(OPERATOR);
        vm.expectRevert(abi.encodeWithSelector(IPool.Pool_WrongStatus.selector, 2));
        pool.cancel();
        vm.expectRevert(abi.encodeWithSelector(IPool.Pool_NothingToShare.selector, address(euro)));
        pool.openRound(address(euro));
    }

    function test_ANativePoolTakesTheSameWay() external {
        pool = _pool("coin pool", COIN_DEAL);
        vm.prank(ALICE);
        pool.contribute{value: 7_000e6}(7_000e6);
        vm.prank(BOB);
        pool.contribute{value: 3_000e6}(3_000e6);
        _invest();
        reject(_id());
        uint256 round = pool.openRound(address(0));
        _claim(round, 0);
        _claim(round, 1);
        assertEq(ALICE.balance, 1_000_000e6, "alice");
        vm.expectRevert(abi.encodeWithSelector(IPool.Pool_AlreadyPaid.selector, 0));
        _claim(round, 0);
    }

    function test_APoolRefusesTokensThatKeepAFee() external {
        FeeToken odd = new FeeToken();
        setUpDeal("odd", terms(address(odd)));
        pool = _pool("odd pool", "odd");
        odd.mint(ALICE, 1_000e6);
        odd.setFee(100);
        vm.startPrank(ALICE);
        odd.approve(address(pool), 1_000e6);
        vm.expectRevert(abi.encodeWithSelector(IPool.Pool_AmountNotReceived.selector, 990e6, 1_000e6));
        pool.contribute(1_000e6);
        vm.stopPrank();
    }

    /// @notice Σ shares = the round, each within one unit of the exact part, whatever the amounts.
    function testFuzz_SharesAddUpToTheRound(uint256 a, uint256 b, uint256 income) external {
        a = bound(a, 100e6, TARGET - 200e6);
        b = bound(b, 100e6, TARGET - a - 100e6);
        income = bound(income, 1, 100_000e6);
        uint256[3] memory parts = [a, b, TARGET - a - b];
        for (uint256 i; i < 3; ++i) {
            vm.prank(i == 1 ? BOB : ALICE);
            pool.contribute(parts[i]);
        }
        _invest();
        euro.mint(address(pool), income);
        uint256 round = pool.openRound(address(euro));
        uint256 sum;
        for (uint256 i; i < 3; ++i) {
            uint256 share = pool.shareOf(round, i);
            assertLe(share, income * parts[i] / TARGET + 1, "not too much");
            assertLe(income * parts[i] / TARGET, share + 1, "not too little");
            sum += share;
            _claim(round, i);
        }
        assertEq(sum, income, "sum");
        assertEq(euro.balanceOf(address(pool)), 0, "nothing left");
    }

    function test_RoundsAreKeptApart() external {
        _fill();
        _invest();
        euro.mint(address(pool), 1_000);
        uint256 first = pool.openRound(address(euro));
        _claim(first, 0);
        euro.mint(address(pool), 500);
        uint256 second = pool.openRound(address(euro));
        assertEq(pool.roundOf(second).total, 500, "only the new money");
        for (uint256 i = 1; i < 3; ++i) _claim(first, i);
        for (uint256 i; i < 3; ++i) _claim(second, i);
        assertEq(euro.balanceOf(address(pool)), 0, "nothing left");
    }

    function test_PoolsAndDistributionsHaveBounds() external {
        vm.startPrank(OPERATOR);
        vm.expectRevert(abi.encodeWithSelector(IPoolDesk.PoolDesk_NoId.selector));
        factory.createPool(0, EURO_DEAL, TARGET, 1, CLOSING);
        vm.expectRevert(abi.encodeWithSelector(IPoolDesk.PoolDesk_Exists.selector, bytes32("pool"), pool));
        factory.createPool("pool", EURO_DEAL, TARGET, 1, CLOSING);
        vm.expectRevert(abi.encodeWithSelector(IPoolDesk.PoolDesk_NoSale.selector, bytes32("none")));
        factory.createPool("new", "none", TARGET, 1, CLOSING);
        vm.expectRevert(abi.encodeWithSelector(IPoolDesk.PoolDesk_WrongAmounts.selector, TARGET, TARGET + 1));
        factory.createPool("new", EURO_DEAL, TARGET, TARGET + 1, CLOSING);
        vm.expectRevert(abi.encodeWithSelector(IPoolDesk.PoolDesk_WrongAmounts.selector, TARGET, 0));
        factory.createPool("new", EURO_DEAL, TARGET, 0, CLOSING);
        vm.expectRevert(abi.encodeWithSelector(IPoolDesk.PoolDesk_WrongTime.selector, START));
        factory.createPool("new", EURO_DEAL, TARGET, 1, START);
        vm.expectRevert(abi.encodeWithSelector(IPoolDesk.PoolDesk_WrongTime.selector, START));
        factory.createDistribution("new", address(euro), 0, 1, START);
        vm.expectRevert(abi.encodeWithSelector(IPoolDesk.PoolDesk_WrongAmounts.selector, 0, 0));
        factory.createDistribution("new", address(euro), 0, 0, CLOSING);
        vm.stopPrank();
    }

    // distributions

    function test_IncomeGoesToTheHoldersOfTheRecordDate() external {
        bytes32 leafA = _leaf(0, ALICE, 700);
        bytes32 leafB = _leaf(1, BOB, 301);
        bytes32 root = leafA < leafB ? keccak256(bytes.concat(leafA, leafB)) : keccak256(bytes.concat(leafB, leafA));
        Distribution income = _distribution(root, 1_000);
        bytes32[] memory proof = new bytes32[](1);
        proof[0] = leafB;
        vm.expectRevert(abi.encodeWithSelector(IDistribution.Distribution_NotFunded.selector));
        income.claim(0, ALICE, 700, proof);
        _fund(income, 1_000);
        vm.expectRevert(abi.encodeWithSelector(IDistribution.Distribution_NotInTheList.selector, 0, BOB, 700));
        income.claim(0, BOB, 700, proof);
        vm.prank(MALLORY);
        income.claim(0, ALICE, 700, proof);
        assertEq(euro.balanceOf(ALICE), 1_000_000e6 + 700, "alice");
        vm.expectRevert(abi.encodeWithSelector(IDistribution.Distribution_AlreadyPaid.selector, 0));
        income.claim(0, ALICE, 700, proof);
        proof[0] = leafA;
        vm.expectRevert(abi.encodeWithSelector(IDistribution.Distribution_MoreThanTotal.selector, 301, 300));
        income.claim(1, BOB, 301, proof);
        vm.warp(START + 365 days - 1);
        vm.expectRevert(abi.encodeWithSelector(IDistribution.Distribution_TooEarly.selector, START + 365 days));
        income.reclaim();
        vm.warp(START + 365 days);
        income.reclaim();
        assertEq(euro.balanceOf(IRENE), 300, "issuer");
        assertEq(income.left(), 0, "left");
    }

    function test_ADistributionIsFundedOnceAndInFull() external {
        Distribution income = _distribution("root", 1_000);
        _fund(income, 1_000);
        vm.prank(IRENE);
        vm.expectRevert(abi.encodeWithSelector(IDistribution.Distribution_AlreadyFunded.selector));
        income.fund();
    }

    // vesting

    function test_TokensVestInProportionToTime() external {
        Vesting vault = Vesting(_create("Vesting", type(Vesting).creationCode, ""));
        vm.startPrank(ALICE);
        euro.approve(address(vault), 1_000);
        vm.expectPartialRevert(IVesting.Vesting_WrongTimes.selector);
        vault.grant(address(euro), BOB, 1_000, 10, 9, 20);
        uint40 start = uint40(START);
        uint256 id = vault.grant(address(euro), BOB, 1_000, start, start + 100, start + 400);
        vm.stopPrank();
        vm.warp(START + 99);
        vm.expectRevert(abi.encodeWithSelector(IVesting.Vesting_NothingYet.selector, id));
        vault.claim(id);
        uint256[4] memory moments = [uint256(100), 250, 399, 400];
        uint256[4] memory vested = [uint256(250), 625, 997, 1_000];
        for (uint256 i; i < 4; ++i) {
            vm.warp(START + moments[i]);
            vault.claim(id);
            assertEq(euro.balanceOf(BOB), 1_000_000e6 + vested[i], "vested");
        }
    }

    function test_AGrantIsReceivedInFull() external {
        Vesting vault = Vesting(_create("Vesting", type(Vesting).creationCode, ""));
        FeeToken odd = new FeeToken();
        odd.mint(ALICE, 1_000);
        odd.setFee(100);
        vm.startPrank(ALICE);
        odd.approve(address(vault), 1_000);
        uint40 start = uint40(START);
        vm.expectRevert(abi.encodeWithSelector(IVesting.Vesting_AmountNotReceived.selector, 990, 1_000));
        vault.grant(address(odd), BOB, 1_000, start, start, start + 1);
        vm.expectRevert(abi.encodeWithSelector(IVesting.Vesting_NoAmount.selector));
        vault.grant(address(odd), BOB, 0, start, start, start + 1);
        vm.expectRevert(abi.encodeWithSelector(IVesting.Vesting_NoBeneficiary.selector));
        vault.grant(address(odd), address(0), 1, start, start, start + 1);
        vm.stopPrank();
    }

    function _pool(bytes32 id, bytes32 dealId) private returns (Pool) {
        vm.prank(OPERATOR);
        return Pool(payable(factory.createPool(id, dealId, TARGET, 100e6, CLOSING)));
    }

    function _fill() private {
        vm.prank(ALICE);
        pool.contribute(3_333e6);
        vm.prank(BOB);
        pool.contribute(3_000e6);
        vm.prank(ALICE);
        pool.contribute(3_667e6);
    }

    function _invest() private {
        vm.prank(OPERATOR);
        pool.invest(_id(), "");
    }

    function _id() private view returns (bytes32) {
        return orderOf(1, address(pool));
    }

    function _shareAllMoney() private {
        uint256 round = pool.openRound(address(euro));
        for (uint256 i; i < 3; ++i) _claim(round, i);
    }

    function _claim(uint256 round, uint256 position) private {
        uint256[] memory rounds = new uint256[](1);
        rounds[0] = round;
        pool.claim(rounds, position);
    }

    function _distribution(bytes32 root, uint256 total) private returns (Distribution) {
        vm.prank(OPERATOR);
        return Distribution(factory.createDistribution("income", address(euro), root, total, START + 365 days));
    }

    function _fund(Distribution income, uint256 total) private {
        euro.mint(IRENE, total);
        vm.startPrank(IRENE);
        euro.approve(address(income), total);
        income.fund();
        vm.stopPrank();
    }

    function _leaf(uint256 index, address account, uint256 amount) private pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(index, account, amount))));
    }
}
