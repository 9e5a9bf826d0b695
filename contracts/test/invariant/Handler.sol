// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

import {Escrow} from "../../src/Escrow.sol";
import {PlatformService} from "../../src/PlatformService.sol";
import {TenantFactory} from "../../src/TenantFactory.sol";
import {TokenSale} from "../../src/TokenSale.sol";
import {DemoEuro} from "../../src/demo/DemoEuro.sol";
import {ITokenSale} from "../../src/interfaces/ITokenSale.sol";
import {Test} from "../Test.sol";

/// @notice Plays at random with one deal in euro (which takes coin too) and one in coin, foretells whether each call must succeed, and keeps its own
/// books beside the contracts'.
contract Handler is Test {
    struct Escrowed {
        Escrow escrow;
        address payer;
        uint256 deal;
        uint256 lane;
        uint256 amount;
        uint256 worth;
        uint256 openedAt;
        uint256 state;
        bool asked;
        bool returned;
    }

    uint256 private constant PRICE = 2_500_000;
    /// @dev Of a whole token in coin, in the euro deal.
    uint256 private constant COIN_PRICE = 7_000_001;
    uint256 private constant MIN = 100e6;
    uint256 private constant MAX = 50_000e6;
    uint256 private constant SOFT = 10_000e6;
    uint256 private constant HARD = 100_000e6;

    TenantFactory private immutable _factory;
    PlatformService private immutable _service;
    DemoEuro private immutable _euro;
    address private immutable _sam;
    address private immutable _operator;
    TokenSale[2] public sales;
    bytes32[2] private _deals;
    address[3] public investors = [address(0x1111), address(0x2222), address(0x3333)];

    Escrowed[] private _escrows;
    /// @dev By lane: 0 euro in the euro deal, 1 coin in the coin deal, 2 coin in the euro deal.
    uint256[3] public paidIn;
    uint256[3] public refunded;
    uint256[3] public taken;
    uint256[3] public returnedMoney;
    bool public paidOut;
    uint256[2] public raised;
    uint256[2] public tokens;
    uint256[2] public returnedTokens;
    uint256[2] public outcome;
    mapping(bytes32 action => uint256) public done;

    constructor(
        TenantFactory factory_,
        PlatformService service_,
        DemoEuro euro_,
        TokenSale[2] memory sales_,
        address sam,
        address operator
    ) {
        (_factory, _service, _euro, _sam, _operator) = (factory_, service_, euro_, sam, operator);
        sales = sales_;
        _deals = [sales_[0].dealId(), sales_[1].dealId()];
        for (uint256 i; i < 3; ++i) {
            _euro.mint(investors[i], 10_000_000e6);
            vm.deal(investors[i], 10_000_000e6);
            vm.prank(investors[i]);
            _euro.approve(address(factory_), type(uint256).max);
        }
    }

    function open(uint256 who, uint256 deal, uint256 amount, bool reuse) external {
        (who, deal) = (bound(who, 0, 2), bound(deal, 0, 1));
        amount = bound(amount, MIN - 1, MAX + 1);
        bool again = reuse && _escrows.length != 0 && _escrows[amount % _escrows.length].payer == investors[who];
        bytes32 id = again ? _id(amount % _escrows.length) : _idFor(_escrows.length, investors[who]);
        bool may = !again && !_service.paused() && !sales[deal].paused() && _status(deal) == 1 && amount >= MIN
            && amount <= MAX && raised[deal] + amount <= HARD;
        vm.prank(investors[who]);
        try _factory.openEscrow{value: deal == 1 ? amount : 0}(id, _deals[deal], amount) returns (address escrow) {
            _expect(may, "open");
            _escrows.push(
                Escrowed(Escrow(escrow), investors[who], deal, deal, amount, amount, block.timestamp, 1, false, false)
            );
            paidIn[deal] += amount;
        } catch {
            _expect(!may, "not open");
        }
    }

    /// @dev In the euro deal, paid in coin.
    function openInCoin(uint256 who, uint256 amount) external {
        who = bound(who, 0, 2);
        amount = bound(amount, MIN * 2, MAX * 3);
        uint256 worth = amount * PRICE / COIN_PRICE;
        bytes32 id = _idFor(_escrows.length, investors[who]);
        bool may = !_service.paused() && !sales[0].paused() && _status(0) == 1 && worth >= MIN && worth <= MAX
            && raised[0] + worth <= HARD;
        vm.prank(investors[who]);
        try _factory.openEscrowIn{value: amount}(id, _deals[0], address(0), amount, 0, "") returns (address escrow) {
            _expect(may, "open in coin");
            _escrows.push(Escrowed(Escrow(escrow), investors[who], 0, 2, amount, worth, block.timestamp, 1, false, false));
            paidIn[2] += amount;
        } catch {
            _expect(!may, "not open in coin");
        }
    }

    function payOut() external {
        bool may = outcome[0] == 1 && taken[2] != 0 && !paidOut;
        try sales[0].payOut(address(0)) {
            _expect(may, "pay out");
            paidOut = true;
        } catch {
            _expect(!may, "not pay out");
        }
    }

    /// @dev Under another's id.
    function squat(uint256 which, uint256 who) external {
        if (_escrows.length == 0) return;
        which = bound(which, 0, _escrows.length - 1);
        who = bound(who, 0, 2);
        if (_escrows[which].payer == investors[who]) return;
        vm.prank(investors[who]);
        try _factory.openEscrow(_idFor(_escrows.length, _escrows[which].payer), _deals[0], MIN) {
            _expect(false, "squat");
        } catch {}
    }

    function release(uint256 which, uint256 dice) external {
        if (_escrows.length == 0 || dice % 2 != 0) return;
        which = bound(which, 0, _escrows.length - 1);
        Escrowed storage it = _escrows[which];
        uint256 status = _status(it.deal);
        bool may = it.state == 1 && block.timestamp < it.openedAt + 30 days && !_service.paused()
            && !sales[it.deal].paused() && (status == 1 || status == 2) && raised[it.deal] + it.worth <= HARD;
        vm.prank(_operator);
        try _factory.release(_id(which)) {
            _expect(may, "release");
            it.state = 2;
            raised[it.deal] += it.worth;
            taken[it.lane] += it.amount;
            tokens[it.deal] += _tokensFor(it.worth);
        } catch {
            _expect(!may, "not release");
        }
    }

    /// @dev Now and then, or no escrow would live to its deadline.
    function reject(uint256 which, uint256 dice) external {
        if (_escrows.length == 0 || dice % 4 != 0) return;
        which = bound(which, 0, _escrows.length - 1);
        vm.prank(_operator);
        try _factory.reject(_id(which), "no") {
            _expect(_escrows[which].state == 1, "reject");
            _booksRefund(which);
        } catch {
            _expect(_escrows[which].state != 1, "not reject");
        }
    }

    function ask(uint256 which) external {
        if (_escrows.length == 0) return;
        which = bound(which, 0, _escrows.length - 1);
        Escrowed storage it = _escrows[which];
        vm.prank(it.payer);
        try _factory.requestRefund(_id(which)) {
            _expect(it.state == 1, "ask");
            it.asked = true;
        } catch {
            _expect(it.state != 1, "not ask");
        }
    }

    function agree(uint256 which) external {
        if (_escrows.length == 0) return;
        which = bound(which, 0, _escrows.length - 1);
        bool may = _escrows[which].state == 1 && _escrows[which].asked;
        vm.prank(_operator);
        try _factory.agreeRefund(_id(which)) {
            _expect(may, "agree");
            _booksRefund(which);
        } catch {
            _expect(!may, "not agree");
        }
    }

    function depart(uint256 which, bool stranger) external {
        if (_escrows.length == 0) return;
        which = bound(which, 0, _escrows.length - 1);
        Escrowed storage it = _escrows[which];
        uint256 from = it.openedAt + (stranger ? 30 days : 14 days);
        bool may = it.state == 1 && (block.timestamp >= from || (!stranger && _status(it.deal) > 2));
        vm.prank(stranger ? address(0xBAD) : it.payer);
        try it.escrow.refund() {
            _expect(may, "depart");
            _booksRefund(which);
        } catch {
            _expect(!may, "not depart");
        }
    }

    function finalise(uint256 deal, bool operator) external {
        _finalise(bound(deal, 0, 1), operator);
    }

    /// @dev Straight to the end of a sale that has raised enough: by waiting alone hardly a run would come there.
    function succeed(uint256 deal, uint256 dice) external {
        deal = bound(deal, 0, 1);
        if (dice % 4 != 0 || raised[deal] < SOFT || _status(deal) > 2) return;
        uint256 closing = sales[deal].closesAt();
        if (block.timestamp < closing) vm.warp(closing);
        _finalise(deal, true);
        done["succeed"]++;
    }

    /// @dev Rarely, or most runs would end early.
    function fail(uint256 deal, uint256 dice) external {
        if (dice % 8 != 0) return;
        deal = bound(deal, 0, 1);
        bool may = _status(deal) < 3;
        vm.prank(_operator);
        try sales[deal].fail("off") {
            _expect(may, "fail");
            outcome[deal] = 2;
        } catch {
            _expect(!may, "not fail");
        }
    }

    function claim(uint256 which) external {
        if (_escrows.length == 0) return;
        which = bound(which, 0, _escrows.length - 1);
        Escrowed storage it = _escrows[which];
        bool may = it.state == 2 && !it.returned && _status(it.deal) == 4;
        try sales[it.deal].claimRefund(_id(which)) {
            _expect(may, "claim");
            it.returned = true;
            returnedMoney[it.lane] += it.amount;
            returnedTokens[it.deal] += _tokensFor(it.worth);
        } catch {
            _expect(!may, "not claim");
        }
    }

    function give(uint256 which, uint256 amount) external {
        if (_escrows.length == 0) return;
        Escrowed storage it = _escrows[bound(which, 0, _escrows.length - 1)];
        _euro.mint(address(it.escrow), bound(amount, 0, 1e6));
        done["give"]++;
    }

    /// @dev Unpauses more willingly than it pauses, or most runs would stand still.
    function togglePause(bool platform, uint256 deal, uint256 dice) external {
        deal = bound(deal, 0, 1);
        bool paused = platform ? _service.paused() : sales[deal].paused();
        if (!paused && dice % 4 != 0) return;
        vm.prank(platform ? _sam : _operator);
        if (platform) paused ? _service.unpause() : _service.pause();
        else paused ? sales[deal].unpause() : sales[deal].pause();
        done["pause"]++;
    }

    function wait(uint256 time) external {
        vm.warp(block.timestamp + bound(time, 1, 5 days));
        done["wait"]++;
    }

    function count() external view returns (uint256) {
        return _escrows.length;
    }

    function escrowed(uint256 which) external view returns (Escrowed memory) {
        return _escrows[which];
    }

    function idOf(uint256 which) external view returns (bytes32) {
        return _id(which);
    }

    function _finalise(uint256 deal, bool operator) private {
        uint256 status = _status(deal);
        bool settled = block.timestamp >= sales[deal].closesAt() + 30 days;
        bool ripe = status == 2 || (status == 1 && raised[deal] == HARD);
        bool may = ripe && raised[deal] >= SOFT && (settled || operator);
        vm.prank(operator ? _operator : address(0xBAD));
        try sales[deal].finalise() {
            _expect(may, "finalise");
            outcome[deal] = 1;
        } catch {
            _expect(!may, "not finalise");
        }
    }

    function _booksRefund(uint256 which) private {
        Escrowed storage it = _escrows[which];
        it.state = 3;
        refunded[it.lane] += it.amount;
    }

    /// @dev The sale's status by the words of its interface, from the handler's own books.
    function _status(uint256 deal) private view returns (uint256) {
        if (outcome[deal] != 0) return outcome[deal] + 2;
        uint256 closing = sales[deal].closesAt();
        if (block.timestamp < closing) return 1;
        return block.timestamp >= closing + 30 days && raised[deal] < SOFT ? 4 : 2;
    }

    function _expect(bool foretold, bytes32 action) private {
        if (!foretold) revert Untrue(string.concat("foretold otherwise: ", string(abi.encodePacked(action))));
        done[action]++;
    }

    function _tokensFor(uint256 amount) private pure returns (uint256) {
        return amount * 1e18 / PRICE;
    }

    function _id(uint256 which) private view returns (bytes32) {
        return _idFor(which, _escrows[which].payer);
    }

    function _idFor(uint256 number, address payer) private pure returns (bytes32) {
        return bytes32((number + 1) << 128 | uint128(uint160(payer)));
    }
}
