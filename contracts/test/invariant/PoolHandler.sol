// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

import {Escrow} from "../../src/Escrow.sol";
import {PlatformService} from "../../src/PlatformService.sol";
import {Pool} from "../../src/Pool.sol";
import {TenantFactory} from "../../src/TenantFactory.sol";
import {DemoEuro} from "../../src/demo/DemoEuro.sol";
import {Test} from "../Test.sol";

/// @notice Plays at random with one pool in euro, foretells whether each call must succeed, and keeps its own books.
contract PoolHandler is Test {
    struct Contribution {
        address member;
        uint256 start;
        uint256 amount;
        bool withdrawn;
    }

    uint256 public constant TARGET = 10_000e6;
    uint256 private constant MIN = 100e6;
    bytes32 private constant NUMBER = bytes32(uint256(0x9001) << 128);

    TenantFactory private immutable _factory;
    PlatformService private immutable _service;
    DemoEuro private immutable _euro;
    address private immutable _sam;
    address private immutable _operator;
    Pool public pool;
    bytes32 public investmentId;
    address[3] public members = [address(0x1111), address(0x2222), address(0x3333)];

    Contribution[] private _contributions;
    uint256 public contributed;
    uint256 public moneyIn;
    uint256 public moneyOut;
    uint256 public openedAt;
    uint256 public escrowState;
    bool public cancelled;
    uint256[] public roundTotal;
    uint256[] public roundPaid;
    mapping(uint256 round => mapping(uint256 position => bool)) private _claimed;
    mapping(bytes32 action => uint256) public done;

    constructor(
        TenantFactory factory_,
        PlatformService service_,
        DemoEuro euro_,
        Pool pool_,
        address sam,
        address operator
    ) {
        (_factory, _service, _euro, pool, _sam, _operator) = (factory_, service_, euro_, pool_, sam, operator);
        investmentId = bytes32(uint256(NUMBER) | uint128(uint160(address(pool_))));
        for (uint256 i; i < 3; ++i) {
            _euro.mint(members[i], 1_000_000e6);
            vm.prank(members[i]);
            _euro.approve(address(pool_), type(uint256).max);
        }
    }

    function contribute(uint256 who, uint256 amount, bool rest) external {
        uint256 left = TARGET - contributed;
        amount = rest ? left : bound(amount, MIN - 1, TARGET / 2);
        bool may = status() == 0 && !_service.paused() && amount <= left && (amount >= MIN || amount == left);
        vm.prank(members[who % 3]);
        try pool.contribute(amount) returns (uint256 position) {
            _expect(may && position == _contributions.length, "contribute");
            _contributions.push(Contribution(members[who % 3], contributed, amount, false));
            contributed += amount;
            moneyIn += amount;
        } catch {
            _expect(!may, "not contribute");
        }
    }

    function invest(bool operator) external {
        bool may = operator && status() == 1 && !_service.paused();
        vm.prank(operator ? _operator : address(0xBAD));
        try pool.invest(investmentId, "") {
            _expect(may, "invest");
            (openedAt, escrowState) = (block.timestamp, 1);
            moneyOut += TARGET;
        } catch {
            _expect(!may, "not invest");
        }
    }

    function decide(bool release, uint256 dice) external {
        if (dice % 4 != 0) return;
        bool may = escrowState == 1 && (!release || (!_service.paused() && block.timestamp < openedAt + 30 days));
        vm.prank(_operator);
        bytes memory call = release
            ? abi.encodeCall(_factory.release, (investmentId))
            : abi.encodeCall(_factory.reject, (investmentId, "no"));
        (bool ok,) = address(_factory).call(call);
        _expect(ok == may, "decide");
        if (ok && !release) moneyIn += TARGET;
        if (ok) escrowState = release ? 2 : 3;
    }

    function leaveEscrow() external {
        bool may = escrowState == 1 && block.timestamp >= openedAt + 14 days;
        try pool.leaveEscrow() {
            _expect(may, "leave");
            escrowState = 3;
            moneyIn += TARGET;
        } catch {
            _expect(!may, "not leave");
        }
    }

    function give(uint256 amount) external {
        amount = bound(amount, 1, 1_000e6 + 7);
        _euro.mint(address(pool), amount);
        moneyIn += amount;
    }

    function openRound() external {
        bool may = status() == 2 && moneyIn - moneyOut > owed();
        uint256 total = may ? moneyIn - moneyOut - owed() : 0;
        try pool.openRound(address(_euro)) returns (uint256 round) {
            _expect(may && pool.roundOf(round).total == total, "round");
            roundTotal.push(total);
            roundPaid.push(0);
        } catch {
            _expect(!may, "not round");
        }
    }

    function claim(uint256 round, uint256 position) external {
        if (roundTotal.length == 0) return;
        (round, position) = (round % roundTotal.length, position % _contributions.length);
        bool may = !_claimed[round][position];
        uint256 share = shareOf(round, position);
        uint256 before = _euro.balanceOf(_contributions[position].member);
        uint256[] memory one = new uint256[](1);
        one[0] = round;
        try pool.claim(one, position) {
            _expect(may, "claim");
            _expect(_euro.balanceOf(_contributions[position].member) == before + share, "share");
            _claimed[round][position] = true;
            roundPaid[round] += share;
            moneyOut += share;
        } catch {
            _expect(!may, "not claim");
        }
    }

    function withdraw(uint256 position) external {
        if (_contributions.length == 0) return;
        Contribution storage it = _contributions[position % _contributions.length];
        bool may = status() == 3 && !it.withdrawn;
        try pool.withdraw(position % _contributions.length) {
            _expect(may, "withdraw");
            it.withdrawn = true;
            moneyOut += it.amount;
        } catch {
            _expect(!may, "not withdraw");
        }
    }

    /// @dev Rarely, or most pools would never fill.
    function cancel(bool operator, uint256 dice) external {
        if (dice % 16 != 0) return;
        bool may = operator && status() < 2;
        vm.prank(operator ? _operator : address(0xBAD));
        try pool.cancel() {
            _expect(may, "cancel");
            cancelled = true;
        } catch {
            _expect(!may, "not cancel");
        }
    }

    function togglePause(uint256 dice) external {
        bool paused = _service.paused();
        if (!paused && dice % 4 != 0) return;
        vm.prank(_sam);
        paused ? _service.unpause() : _service.pause();
    }

    function wait(uint256 time) external {
        vm.warp(block.timestamp + bound(time, 1, 3 days));
    }

    /// @return The pool's status by the words of its interface, from the handler's own books.
    function status() public view returns (uint256) {
        if (openedAt != 0) return 2;
        if (cancelled || block.timestamp >= pool.closesAt()) return 3;
        return contributed == TARGET ? 1 : 0;
    }

    /// @return sum What open rounds still have to pay.
    function owed() public view returns (uint256 sum) {
        for (uint256 i; i < roundTotal.length; ++i) sum += roundTotal[i] - roundPaid[i];
    }

    function shareOf(uint256 round, uint256 position) public view returns (uint256) {
        Contribution memory it = _contributions[position];
        return roundTotal[round] * (it.start + it.amount) / TARGET - roundTotal[round] * it.start / TARGET;
    }

    function count() external view returns (uint256) {
        return _contributions.length;
    }

    function rounds() external view returns (uint256) {
        return roundTotal.length;
    }

    function contribution(uint256 position) external view returns (Contribution memory) {
        return _contributions[position];
    }

    function _expect(bool foretold, bytes32 action) private {
        if (!foretold) revert Untrue(string.concat("foretold otherwise: ", string(abi.encodePacked(action))));
        done[action]++;
    }
}
