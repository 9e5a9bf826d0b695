// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

import {ITokenSale} from "../interfaces/ITokenSale.sol";
import {CloneArgs} from "../libraries/CloneArgs.sol";

/// @title SaleArgs
/// @notice The terms of a sale, read from its code. Arguments: factory, token, asset, proceeds (20 each), deal (32), price (16),
/// soft cap, hard cap (12 each), opening, closing (8 each), smallest and largest ticket (12 each), fee (2), decimals (1).
abstract contract SaleArgs is ITokenSale {
    /// @inheritdoc ITokenSale
    function parties() external view override returns (address, address) {
        return (factory(), asset());
    }

    /// @inheritdoc ITokenSale
    function factory() public view override returns (address) {
        return CloneArgs.addressAt(0);
    }

    /// @inheritdoc ITokenSale
    function token() public view override returns (address) {
        return CloneArgs.addressAt(20);
    }

    /// @inheritdoc ITokenSale
    function asset() public view override returns (address) {
        return CloneArgs.addressAt(40);
    }

    /// @inheritdoc ITokenSale
    function proceeds() public view override returns (address) {
        return CloneArgs.addressAt(60);
    }

    /// @inheritdoc ITokenSale
    function dealId() public view override returns (bytes32) {
        return CloneArgs.bytes32At(80);
    }

    /// @inheritdoc ITokenSale
    function price() public view override returns (uint256) {
        return CloneArgs.uintAt(112, 16);
    }

    /// @inheritdoc ITokenSale
    function softCap() public view override returns (uint256) {
        return CloneArgs.uintAt(128, 12);
    }

    /// @inheritdoc ITokenSale
    function hardCap() public view override returns (uint256) {
        return CloneArgs.uintAt(140, 12);
    }

    /// @inheritdoc ITokenSale
    function opensAt() public view override returns (uint64) {
        return uint64(CloneArgs.uintAt(152, 8));
    }

    /// @inheritdoc ITokenSale
    function closesAt() public view override returns (uint64) {
        return uint64(CloneArgs.uintAt(160, 8));
    }

    /// @inheritdoc ITokenSale
    function minTicket() public view override returns (uint256) {
        return CloneArgs.uintAt(168, 12);
    }

    /// @inheritdoc ITokenSale
    function maxTicket() public view override returns (uint256) {
        return CloneArgs.uintAt(180, 12);
    }

    /// @inheritdoc ITokenSale
    function feeBps() public view override returns (uint16) {
        return uint16(CloneArgs.uintAt(192, 2));
    }

    function _tokenDecimals() internal view returns (uint256) {
        return CloneArgs.uintAt(194, 1);
    }
}
