// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

import {Distribution} from "../../src/Distribution.sol";
import {Vesting} from "../../src/Vesting.sol";
import {DemoEuro} from "../../src/demo/DemoEuro.sol";
import {Test} from "../Test.sol";

/// @notice Plays at random with a distribution whose list promises more than its total, and with a vault of grants.
contract IncomeHandler is Test {
    struct Promise {
        uint256 amount;
        uint256 claimed;
        uint256 start;
        uint256 cliff;
        uint256 end;
    }

    uint256 public constant TOTAL = 1_000;
    DemoEuro private immutable _euro;
    Distribution public income;
    Vesting public vault;
    address[4] public holders = [address(0x1111), address(0x2222), address(0x3333), address(0x4444)];
    /// @dev Together 1,100 of 1,000.
    uint256[4] private _amounts = [uint256(400), 350, 250, 100];

    bool public funded;
    uint256 public left;
    bool[4] public paid;
    uint256 public paidOut;
    uint256 public reclaimed;
    Promise[] private _promises;
    mapping(bytes32 action => uint256) public done;

    constructor(DemoEuro euro_, Vesting vault_) {
        (_euro, vault) = (euro_, vault_);
        for (uint256 i; i < 50; ++i) _euro.mint(address(this), 10_000_000e6);
        _euro.approve(address(vault_), type(uint256).max);
    }

    function setIncome(Distribution income_) external {
        if (address(income) != address(0)) return;
        income = income_;
        _euro.approve(address(income_), type(uint256).max);
    }

    function fund() external {
        try income.fund() {
            _expect(!funded, "fund");
            (funded, left) = (true, TOTAL);
        } catch {
            _expect(funded, "not fund");
        }
    }

    function claimIncome(uint256 index, bool forged) external {
        index %= 4;
        uint256 amount = _amounts[index] + (forged ? 1 : 0);
        bool may = funded && !paid[index] && !forged && amount <= left;
        uint256 before = _euro.balanceOf(holders[index]);
        try income.claim(index, holders[index], amount, _proof(index)) {
            _expect(may && _euro.balanceOf(holders[index]) == before + amount, "claim");
            paid[index] = true;
            left -= amount;
            paidOut += amount;
        } catch {
            _expect(!may, "not claim");
        }
    }

    function reclaim() external {
        bool may = funded && block.timestamp >= income.reclaimAt();
        try income.reclaim() {
            _expect(may, "reclaim");
            reclaimed += left;
            left = 0;
        } catch {
            _expect(!may, "not reclaim");
        }
    }

    function grant(uint256 amount, uint256 start, uint256 toCliff, uint256 toEnd) external {
        amount = bound(amount, 0, 1_000_000e6);
        start = bound(start, block.timestamp - 10 days, block.timestamp + 10 days);
        uint256 cliff = start + bound(toCliff, 0, 20 days);
        uint256 end = cliff + bound(toEnd, 0, 20 days);
        bool may = amount != 0 && end != start;
        try vault.grant(address(_euro), holders[amount % 4], amount, uint40(start), uint40(cliff), uint40(end)) {
            _expect(may, "grant");
            _promises.push(Promise(amount, 0, start, cliff, end));
        } catch {
            _expect(!may, "not grant");
        }
    }

    function claimGrant(uint256 which) external {
        if (_promises.length == 0) return;
        which %= _promises.length;
        uint256 due = vestedOf(which) - _promises[which].claimed;
        try vault.claim(which) {
            _expect(due != 0, "vest");
            _promises[which].claimed += due;
        } catch {
            _expect(due == 0, "not vest");
        }
    }

    function wait(uint256 time) external {
        vm.warp(block.timestamp + bound(time, 1, 5 days));
    }

    function count() external view returns (uint256) {
        return _promises.length;
    }

    /// @return sum What the vault has not paid yet.
    function owed() external view returns (uint256 sum) {
        for (uint256 i; i < _promises.length; ++i) sum += _promises[i].amount - _promises[i].claimed;
    }

    /// @return What has vested of a grant by now, by the words of its interface.
    function vestedOf(uint256 which) public view returns (uint256) {
        Promise memory it = _promises[which];
        if (block.timestamp < it.cliff) return 0;
        if (block.timestamp >= it.end) return it.amount;
        return it.amount * (block.timestamp - it.start) / (it.end - it.start);
    }

    /// @return The root of the list.
    function root() external view returns (bytes32) {
        return _pair(_pair(_leaf(0), _leaf(1)), _pair(_leaf(2), _leaf(3)));
    }

    function _proof(uint256 index) private view returns (bytes32[] memory proof) {
        proof = new bytes32[](2);
        proof[0] = _leaf(index ^ 1);
        proof[1] = index < 2 ? _pair(_leaf(2), _leaf(3)) : _pair(_leaf(0), _leaf(1));
    }

    function _leaf(uint256 index) private view returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(index, holders[index], _amounts[index]))));
    }

    function _pair(bytes32 a, bytes32 b) private pure returns (bytes32) {
        return a < b ? keccak256(bytes.concat(a, b)) : keccak256(bytes.concat(b, a));
    }

    function _expect(bool foretold, bytes32 action) private {
        if (!foretold) revert Untrue(string.concat("foretold otherwise: ", string(abi.encodePacked(action))));
        done[action]++;
    }
}
