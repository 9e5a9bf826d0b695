// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

import {ITokenSale} from "../interfaces/ITokenSale.sol";
import {Args} from "../libraries/CloneArgs.sol";
import {SaleTerms} from "../libraries/SaleTerms.sol";

/// @title SaleArgs
/// @notice The terms of a sale, read from its code; see {SaleTerms}.
abstract contract SaleArgs is ITokenSale {
    using SaleTerms for Args;

    /// @inheritdoc ITokenSale
    function parties() external view override returns (address, address) {
        Args terms = _terms();
        return (terms.factory(), terms.asset());
    }

    /// @inheritdoc ITokenSale
    function factory() public view override returns (address) {
        return _terms().factory();
    }

    /// @inheritdoc ITokenSale
    function token() public view override returns (address) {
        return _terms().token();
    }

    /// @inheritdoc ITokenSale
    function asset() public view override returns (address) {
        return _terms().asset();
    }

    /// @inheritdoc ITokenSale
    function proceeds() public view override returns (address) {
        return _terms().proceeds();
    }

    /// @inheritdoc ITokenSale
    function dealId() public view override returns (bytes32) {
        return _terms().dealId();
    }

    /// @inheritdoc ITokenSale
    function price() public view override returns (uint256) {
        return _terms().price();
    }

    /// @inheritdoc ITokenSale
    function softCap() public view override returns (uint256) {
        return _terms().softCap();
    }

    /// @inheritdoc ITokenSale
    function hardCap() public view override returns (uint256) {
        return _terms().hardCap();
    }

    /// @inheritdoc ITokenSale
    function opensAt() public view override returns (uint64) {
        return uint64(_terms().opensAt());
    }

    /// @inheritdoc ITokenSale
    function closesAt() public view override returns (uint64) {
        return uint64(_terms().closesAt());
    }

    /// @inheritdoc ITokenSale
    function minTicket() public view override returns (uint256) {
        return _terms().minTicket();
    }

    /// @inheritdoc ITokenSale
    function maxTicket() public view override returns (uint256) {
        return _terms().maxTicket();
    }

    /// @inheritdoc ITokenSale
    function feeBps() public view override returns (uint16) {
        return uint16(_terms().feeBps());
    }

    function _terms() internal view returns (Args) {
        return SaleTerms.load(address(this));
    }
}
