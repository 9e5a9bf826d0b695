// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IDealDesk} from "../interfaces/IDealDesk.sol";

/// @title SaleTerms
/// @notice Checks a sale's terms and packs them into the immutable arguments that {TokenSale} reads.
library SaleTerms {
    using SafeCast for uint256;

    /// @dev Reverts with the first term that makes no sense.
    function check(IDealDesk.SaleParams memory params, uint8 decimals) internal view {
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
        uint256 supply = tokensFor(params.hardCap, params.price, decimals);
        if (supply > type(uint96).max) revert IDealDesk.DealDesk_SupplyTooLarge(supply);
    }

    /// @return Tokens that `amount` buys, rounded down, in base units.
    function tokensFor(uint256 amount, uint256 price, uint256 decimals) internal pure returns (uint256) {
        return Math.mulDiv(amount, 10 ** decimals, price);
    }

    /// @return The arguments of the clone; offsets are in {TokenSale}.
    function pack(IDealDesk.SaleParams memory params, bytes32 dealId, uint16 feeBps, uint8 decimals)
        internal
        view
        returns (bytes memory)
    {
        uint256 maxTicket = params.maxTicket == 0 ? params.hardCap : Math.min(params.maxTicket, params.hardCap);
        return bytes.concat(
            abi.encodePacked(
                address(this), params.token, params.asset, params.proceeds, dealId, params.price.toUint128()
            ),
            abi.encodePacked(params.softCap.toUint96(), params.hardCap.toUint96(), params.opensAt, params.closesAt),
            abi.encodePacked(params.minTicket.toUint96(), maxTicket.toUint96(), feeBps, decimals)
        );
    }
}
