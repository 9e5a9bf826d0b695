// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ITokenSale} from "../interfaces/ITokenSale.sol";
import {Args} from "../libraries/CloneArgs.sol";
import {SaleTerms} from "../libraries/SaleTerms.sol";
import {SaleGate} from "./SaleGate.sol";

/// @title SaleAssets
/// @notice What a sale accepts beside its own asset, and at which price. Caps and tickets are counted in the sale's own asset:
/// an amount of another one is worth what the same tokens cost. Each asset has books of its own.
abstract contract SaleAssets is SaleGate {
    using SafeCast for uint256;
    using SaleTerms for Args;

    uint256 private constant BASIS_POINTS = 10_000;

    /// @inheritdoc ITokenSale
    mapping(address asset => uint256) public override priceIn;
    /// @inheritdoc ITokenSale
    mapping(address asset => uint256) public override raisedIn;
    /// @dev What all of that was worth, in base units of the sale's own asset.
    uint256 internal _raisedElsewhere;

    /// @inheritdoc ITokenSale
    function valueOf(address asset_, uint256 amount) public view override returns (uint256) {
        uint256 price_ = priceIn[asset_];
        if (price_ == 0) revert TokenSale_AssetNotAccepted(asset_);
        return Math.mulDiv(amount, price(), price_);
    }

    function _setAsset(address asset_, uint256 price_) internal {
        if (asset_ == asset()) revert TokenSale_AssetNotAccepted(asset_);
        priceIn[asset_] = price_.toUint128();
        emit AssetSet(asset_, price_);
    }

    /// @return fee What of `amount` is the platform's if the sale succeeds.
    function _bookIn(Args terms, address asset_, uint256 amount, uint256 value) internal returns (uint256 fee) {
        uint256 before = raisedIn[asset_];
        raisedIn[asset_] = before + amount;
        _raisedElsewhere += value;
        return _feeOn(terms, before + amount) - _feeOn(terms, before);
    }

    function _feeOn(Args terms, uint256 amount) internal pure returns (uint256) {
        return amount * terms.feeBps() / BASIS_POINTS;
    }
}
