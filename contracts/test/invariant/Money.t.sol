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
        vm.prank(OTTO);
        sale.setAsset(Assets.NATIVE, 7_000_001);
        _handler = new Handler(factory, service, euro, [sale, coinSale], SAM, OPERATOR);
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    /// @notice Funds in = funds out + held, and each escrow has at least what it holds.
    function invariant_FundsInAreFundsOutPlusHeld() external view {
        uint256[3] memory held;
        for (uint256 i; i < _handler.count(); ++i) {
            Handler.Escrowed memory it = _handler.escrowed(i);
            uint256 balance = Assets.balanceOf(_asset(it.lane), address(it.escrow));
            if (stateOf(_handler.idOf(i)) != 1) continue;
            held[it.lane] += it.amount;
            assertLe(it.amount, balance, "held in full");
        }
        for (uint256 lane; lane < 3; ++lane) {
            uint256 out = _handler.refunded(lane) + _handler.taken(lane);
            assertEq(_handler.paidIn(lane), out + held[lane], "funds in = out + held");
        }
    }

    /// @notice The sale has what was raised until it is paid out, and pays out exactly that, each asset by itself.
    function invariant_TheSaleHoldsWhatItOwes() external view {
        uint256 coinOut;
        for (uint256 lane; lane < 3; ++lane) {
            ITokenSale offer = _sale(lane % 2);
            address asset = _asset(lane);
            uint256 taken = _handler.taken(lane);
            uint256 fee = taken * FEE / 10_000;
            bool paidOut = offer.status() == ITokenSale.Status.Finalised && (lane != 2 || _handler.paidOut());
            uint256 balance = Assets.balanceOf(asset, address(offer));
            assertEq(balance, paidOut ? 0 : taken - _handler.returnedMoney(lane), "sale balance");
            if (lane == 0) {
                assertEq(euro.balanceOf(TREASURY), paidOut ? fee : 0, "treasury");
                assertEq(euro.balanceOf(IRENE), paidOut ? taken - fee : 0, "issuer");
            } else if (paidOut) {
                coinOut += taken;
            }
        }
        assertEq(TREASURY.balance + IRENE.balance, coinOut, "coin");
        assertEq(sale.raised(), _handler.raised(0), "worth in the euro deal");
        assertEq(coinSale.raised(), _handler.raised(1), "raised in the coin deal");
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
            uint256 before = Assets.balanceOf(_asset(it.lane), it.payer);
            refund(it.escrow, it.payer);
            assertEq(Assets.balanceOf(_asset(it.lane), it.payer), before + it.amount, "all of it");
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

    function _asset(uint256 lane) private view returns (address) {
        return lane == 0 ? address(euro) : Assets.NATIVE;
    }
}
