// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

import {Distribution} from "../../src/Distribution.sol";
import {Pool} from "../../src/Pool.sol";
import {Vesting} from "../../src/Vesting.sol";
import {World} from "../World.sol";
import {IncomeHandler} from "./IncomeHandler.sol";
import {PoolHandler} from "./PoolHandler.sol";

/// @notice What holds of a pool after any sequence of calls.
contract PoolInvariants is World {
    PoolHandler private _handler;
    Pool private _pool;

    function setUp() public override {
        super.setUp();
        vm.prank(OPERATOR);
        _pool = Pool(payable(factory.createPool("pool", EURO_DEAL, 10_000e6, 100e6, START + 20 days)));
        _handler = new PoolHandler(factory, service, euro, _pool, SAM, OPERATOR);
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    /// @notice What came in = what went out + what is there; and what is there covers what is owed.
    function invariant_APoolHasWhatItsBooksSay() external view {
        uint256 there = _handler.moneyIn() - _handler.moneyOut();
        assertEq(euro.balanceOf(address(_pool)), there, "balance");
        assertEq(uint256(_pool.status()), _handler.status(), "status");
        assertEq(_pool.contributed(), _handler.contributed(), "contributed");
        assertLe(_handler.owed(), there, "rounds are covered");
        if (_handler.status() == 2) return;
        uint256 kept;
        for (uint256 i; i < _handler.count(); ++i) {
            PoolHandler.Contribution memory it = _handler.contribution(i);
            if (!it.withdrawn) kept += it.amount;
        }
        assertLe(kept, there, "contributions are covered");
    }

    /// @notice The shares of a round are the round, each within a unit of the exact part.
    function invariant_SharesAreTheWholeRound() external view {
        for (uint256 round; round < _handler.rounds(); ++round) {
            uint256 total = _handler.roundTotal(round);
            uint256 sum;
            for (uint256 i; i < _handler.count(); ++i) {
                uint256 share = _pool.shareOf(round, i);
                uint256 exact = total * _handler.contribution(i).amount / _handler.TARGET();
                assertEq(share, _handler.shareOf(round, i), "share");
                assertLe(share, exact + 1, "not too much");
                assertLe(exact, share + 1, "not too little");
                sum += share;
            }
            assertEq(sum, total, "sum");
        }
    }

    /// @notice Whatever happened and whatever is paused: from the closing on, or 14 days after the money was invested, each member
    /// takes out what was put in.
    function invariant_MembersCanLeave() external {
        if (_handler.escrowState() == 2) return;
        uint256 world = vm.snapshotState();
        vm.warp(block.timestamp + 34 days);
        bool invested = _handler.status() == 2;
        if (_handler.escrowState() == 1) _pool.leaveEscrow();
        uint256 free = euro.balanceOf(address(_pool)) - _handler.owed();
        uint256 round = invested && free != 0 ? _pool.openRound(address(euro)) : type(uint256).max;
        for (uint256 i; i < _handler.count(); ++i) {
            PoolHandler.Contribution memory it = _handler.contribution(i);
            uint256 before = euro.balanceOf(it.member);
            if (!invested && !it.withdrawn) _pool.withdraw(i);
            if (round != type(uint256).max) _claim(round, i);
            uint256 got = euro.balanceOf(it.member) - before;
            if (!invested) assertEq(got, it.withdrawn ? 0 : it.amount, "contribution");
            else if (_handler.escrowState() == 1) assertLe(it.amount, got, "at least the contribution");
        }
        assertEq(euro.balanceOf(address(_pool)) >= _handler.owed() ? 0 : 1, 0, "rounds stay covered");
        vm.revertToState(world);
    }

    function _claim(uint256 round, uint256 position) private {
        uint256[] memory rounds = new uint256[](1);
        rounds[0] = round;
        _pool.claim(rounds, position);
    }
}

/// @notice What holds of a distribution and of vested grants after any sequence of calls.
contract IncomeInvariants is World {
    IncomeHandler private _handler;

    function setUp() public override {
        super.setUp();
        Vesting vault = Vesting(_create("Vesting", type(Vesting).creationCode, ""));
        _handler = new IncomeHandler(euro, vault);
        bytes32 root = _handler.root();
        vm.prank(OPERATOR);
        address made = factory.createDistribution("income", address(euro), root, 1_000, START + 30 days);
        _handler.setIncome(Distribution(made));
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    /// @notice A distribution has what it did not pay yet, and what was brought = paid + taken back + left.
    function invariant_ADistributionPaysWhatWasBrought() external view {
        Distribution income = _handler.income();
        assertEq(income.left(), _handler.left(), "left");
        assertEq(euro.balanceOf(address(income)), _handler.left(), "balance");
        uint256 sum = _handler.paidOut() + _handler.reclaimed() + _handler.left();
        assertEq(sum, _handler.funded() ? _handler.TOTAL() : 0, "sum");
        for (uint256 i; i < 4; ++i) assertTrue(income.paid(i) == _handler.paid(i), "paid once");
    }

    /// @notice A vault has exactly what it still owes, and at the end everyone gets the rest.
    function invariant_AVaultHasWhatItOwes() external {
        Vesting vault = _handler.vault();
        assertEq(euro.balanceOf(address(vault)), _handler.owed(), "balance");
        uint256 world = vm.snapshotState();
        vm.warp(block.timestamp + 60 days);
        for (uint256 i; i < _handler.count(); ++i) if (vault.claimable(i) != 0) vault.claim(i);
        assertEq(euro.balanceOf(address(vault)), 0, "all of it");
        vm.revertToState(world);
    }
}
