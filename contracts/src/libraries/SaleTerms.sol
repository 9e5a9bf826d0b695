// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IDealDesk} from "../interfaces/IDealDesk.sol";
import {Args, CloneArgs} from "./CloneArgs.sol";

/// @title SaleTerms
/// @notice Checks a sale's terms, packs them into its code and reads them there. Arguments: factory, token, asset, proceeds (20
/// each), deal (32), price (16), soft cap, hard cap (12 each), opening, closing (8 each), smallest and largest ticket (12
/// each), fee (2), decimals (1).
library SaleTerms {
    using SafeCast for uint256;

    uint256 private constant LENGTH = 195;

    /// @dev Reverts with the first term that makes no sense.
    function check(IDealDesk.SaleParams memory params, uint8 decimals_) internal view {
        if (params.proceeds == address(0)) revert IDealDesk.DealDesk_NoProceeds();
        if (params.price == 0) revert IDealDesk.DealDesk_NoPrice();
        if (params.hardCap == 0 || params.softCap > params.hardCap) {
            revert IDealDesk.DealDesk_WrongCaps(params.softCap, params.hardCap);
        }
        if (params.maxTicket != 0 && params.minTicket > params.maxTicket) {
            revert IDealDesk.DealDesk_WrongTickets(params.minTicket, params.maxTicket);
        }
        if (params.opensAt >= params.closesAt || params.closesAt <= block.timestamp) {
            revert IDealDesk.DealDesk_WrongSchedule(params.opensAt, params.closesAt);
        }
        uint256 supply = tokensFor(params.hardCap, params.price, decimals_);
        if (supply > type(uint96).max) revert IDealDesk.DealDesk_SupplyTooLarge(supply);
    }

    /// @return Tokens that `amount` buys, rounded down, in base units.
    function tokensFor(uint256 amount, uint256 price_, uint256 decimals_) internal pure returns (uint256) {
        return Math.mulDiv(amount, 10 ** decimals_, price_);
    }

    /// @return The arguments of the clone.
    function pack(IDealDesk.SaleParams memory params, bytes32 dealId_, uint16 feeBps_, uint8 decimals_)
        internal
        view
        returns (bytes memory)
    {
        uint256 maxTicket_ = params.maxTicket == 0 ? params.hardCap : Math.min(params.maxTicket, params.hardCap);
        return bytes.concat(
            abi.encodePacked(
                address(this), params.token, params.asset, params.proceeds, dealId_, params.price.toUint128()
            ),
            abi.encodePacked(params.softCap.toUint96(), params.hardCap.toUint96(), params.opensAt, params.closesAt),
            abi.encodePacked(params.minTicket.toUint96(), maxTicket_.toUint96(), feeBps_, decimals_)
        );
    }

    /// @return A copy of the terms of `sale`.
    function load(address sale) internal view returns (Args) {
        return CloneArgs.load(sale, LENGTH);
    }

    /// @return Who decides and is told.
    function factory(Args args) internal pure returns (address) {
        return args.addressIn(0);
    }

    /// @return What is sold.
    function token(Args args) internal pure returns (address) {
        return args.addressIn(20);
    }

    /// @return The sale's own asset; the zero address is the native coin.
    function asset(Args args) internal pure returns (address) {
        return args.addressIn(40);
    }

    /// @return Base units of the asset for one whole token.
    function price(Args args) internal pure returns (uint256) {
        return args.uintIn(112, 16);
    }

    /// @return The least that makes a success, in base units of the asset.
    function softCap(Args args) internal pure returns (uint256) {
        return args.uintIn(128, 12);
    }

    /// @return The most that is taken, in base units of the asset.
    function hardCap(Args args) internal pure returns (uint256) {
        return args.uintIn(140, 12);
    }

    /// @return The first second of the sale.
    function opensAt(Args args) internal pure returns (uint256) {
        return args.uintIn(152, 8);
    }

    /// @return The first second after it.
    function closesAt(Args args) internal pure returns (uint256) {
        return args.uintIn(160, 8);
    }

    /// @return The least of one investment, in base units of the asset.
    function minTicket(Args args) internal pure returns (uint256) {
        return args.uintIn(168, 12);
    }

    /// @return The most of one investment, in base units of the asset.
    function maxTicket(Args args) internal pure returns (uint256) {
        return args.uintIn(180, 12);
    }

    /// @return The platform's part of what is raised, in 1/10,000.
    function feeBps(Args args) internal pure returns (uint256) {
        return args.uintIn(192, 2);
    }

    /// @return Digits of a base unit of the token behind the point.
    function decimals(Args args) internal pure returns (uint256) {
        return args.uintIn(194, 1);
    }

    /// @return Who is paid on success.
    function proceeds(Args args) internal pure returns (address) {
        return args.addressIn(60);
    }

    /// @return The deal.
    function dealId(Args args) internal pure returns (bytes32) {
        return bytes32(args.uintIn(80, 32));
    }
}
