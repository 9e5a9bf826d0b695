// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

import {DealToken} from "../../src/DealToken.sol";
import {IDealDesk} from "../../src/interfaces/IDealDesk.sol";
import {ITokenSale} from "../../src/interfaces/ITokenSale.sol";
import {Assets} from "../../src/libraries/Assets.sol";
import {World} from "../World.sol";
import {Handler} from "./Handler.sol";

/// @notice What holds after any sequence of calls. The handler already checks that each call succeeds exactly when it should.
contract MoneyInvariants is World {
    Handler private _handler;

    function setUp() public override {
        super.setUp();
        // Short sales, so that a run sees their end.
        IDealDesk.SaleParams memory params = terms(address(euro));
        params.closesAt = START + 20 days;
        (, sale) = setUpDeal("short", params);
        params.asset = Assets.NATIVE;
        (, coinSale) = setUpDeal("short coin", params);
        _handler = new Handler(factory, service, euro, [sale, coinSale], SAM, OPERATOR);
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    /// @notice Funds in = funds out + held, and each escrow has at least what it holds.
    function invariant_FundsInAreFundsOutPlusHeld() external view {
        uint256[2] memory held;
        for (uint256 i; i < _handler.count(); ++i) {
            Handler.Escrowed memory it = _handler.escrowed(i);
            uint256 balance = Assets.balanceOf(_asset(it.deal), address(it.escrow));
            if (stateOf(_handler.idOf(i)) != 1) continue;
            held[it.deal] += it.amount;
            assertLe(it.amount, balance, "held in full");
        }
        for (uint256 deal; deal < 2; ++deal) {
            uint256 out = _handler.refunded(deal) + _sale(deal).raised();
            assertEq(_handler.paidIn(deal), out + held[deal], "funds in = out + held");
        }
    }

    /// @notice The sale has what was raised until it is paid out, and pays out exactly that.
    function invariant_TheSaleHoldsWhatItOwes() external view {
        for (uint256 deal; deal < 2; ++deal) {
            ITokenSale offer = _sale(deal);
            address asset = _asset(deal);
            uint256 balance = Assets.balanceOf(asset, address(offer));
            assertEq(offer.raised(), _handler.raised(deal), "raised");
            bool paidOut = offer.status() == ITokenSale.Status.Finalised;
            assertEq(balance, paidOut ? 0 : offer.raised() - _handler.returnedMoney(deal), "sale balance");
            uint256 fee = offer.raised() * FEE / 10_000;
            assertEq(Assets.balanceOf(asset, TREASURY), paidOut ? fee : 0, "treasury");
            assertEq(Assets.balanceOf(asset, IRENE), paidOut ? offer.raised() - fee : 0, "issuer");
        }
    }

    /// @notice Each escrow is in the state the books say: terminal states absorb, none is skipped.
    function invariant_StatesFollowTheBooks() external view {
        for (uint256 i; i < _handler.count(); ++i) {
            Handler.Escrowed memory it = _handler.escrowed(i);
            assertEq(stateOf(_handler.idOf(i)), it.state, "state");
            assertEq(it.escrow.state(), it.state, "state by the escrow");
        }
    }

    /// @notice Once the clock allows it, every payer gets the whole amount back alone, whatever is paused.
    function invariant_AfterTheDeadlineThePayerCanLeave() external {
        uint256 world = vm.snapshotState();
        vm.warp(block.timestamp + 14 days);
        for (uint256 i; i < _handler.count(); ++i) {
            Handler.Escrowed memory it = _handler.escrowed(i);
            if (it.state != 1) continue;
            uint256 before = Assets.balanceOf(_asset(it.deal), it.payer);
            refund(it.escrow, it.payer);
            assertEq(Assets.balanceOf(_asset(it.deal), it.payer), before + it.amount, "all of it");
        }
        vm.revertToState(world);
    }

    /// @notice Caps hold, and the tokens out are the sum of what each release gave.
    function invariant_TokensOutAreTokensBought() external view {
        for (uint256 deal; deal < 2; ++deal) {
            ITokenSale offer = _sale(deal);
            DealToken made = DealToken(offer.token());
            assertLe(offer.raised(), offer.hardCap(), "hard cap");
            assertEq(offer.sold(), _handler.tokens(deal), "sold");
            assertEq(made.totalSupply(), offer.sold() - _handler.returnedTokens(deal), "supply");
            uint256 sum;
            for (uint256 i; i < 3; ++i) sum += made.balanceOf(_handler.investors(i));
            assertEq(sum, made.totalSupply(), "balances");
        }
    }

    function _sale(uint256 deal) private view returns (ITokenSale) {
        return deal == 0 ? sale : coinSale;
    }

    function _asset(uint256 deal) private view returns (address) {
        return deal == 0 ? address(euro) : Assets.NATIVE;
    }
}
