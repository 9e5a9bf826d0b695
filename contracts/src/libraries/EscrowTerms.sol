// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IEscrow} from "../interfaces/IEscrow.sol";
import {Assets} from "./Assets.sol";
import {Args, CloneArgs} from "./CloneArgs.sol";
import {SaleTerms} from "./SaleTerms.sol";

/// @title EscrowTerms
/// @notice What an escrow holds for whom, packed into and read from its code by itself and by its factory. Arguments: sale
/// (20), payer (20), amount (12), investment (16), and where another asset than the sale's own was paid, that asset (20) and
/// what it was worth (12); the factory and else the asset are the sale's, where they are part of the code too.
library EscrowTerms {
    using SafeCast for uint256;

    uint256 private constant LENGTH = 100;

    /// @return The arguments of an escrow in the sale's own asset.
    function pack(bytes32 investmentId_, address sale_, address payer_, uint256 amount_)
        internal
        pure
        returns (bytes memory)
    {
        return abi.encodePacked(sale_, payer_, amount_.toUint96(), bytes16(investmentId_));
    }

    /// @return The arguments of an escrow in another asset.
    function packIn(
        bytes32 investmentId_,
        address sale_,
        address payer_,
        uint256 amount_,
        address asset,
        uint256 value
    ) internal pure returns (bytes memory) {
        return bytes.concat(pack(investmentId_, sale_, payer_, amount_), abi.encodePacked(asset, value.toUint96()));
    }

    /// @return A copy of the terms of `escrow`.
    function load(address escrow) internal view returns (Args) {
        return CloneArgs.load(escrow, LENGTH);
    }

    /// @return Where a release goes.
    function sale(Args args) internal pure returns (address) {
        return args.addressIn(0);
    }

    /// @return Whose money it is.
    function payer(Args args) internal pure returns (address) {
        return args.addressIn(20);
    }

    /// @return How much, in base units of what was paid.
    function amount(Args args) internal pure returns (uint256) {
        return args.uintIn(40, 12);
    }

    /// @return The UUID in the upper 16 bytes, the last 16 of the payer's address in the lower.
    function investmentId(Args args) internal pure returns (bytes32) {
        return bytes32(args.uintIn(52, 16) << 128 | uint128(uint160(payer(args))));
    }

    /// @return asset_ What was paid, where that is not the sale's own asset; else zero.
    /// @return value What it was worth, in base units of the sale's own asset; 0 where that was paid.
    function paidWith(Args args) internal pure returns (address asset_, uint256 value) {
        return (args.addressIn(68), args.uintIn(88, 12));
    }

    /// @return factory The factory that decides.
    /// @return asset_ What is held; the zero address is the native coin.
    function parties(Args args) internal view returns (address factory, address asset_) {
        Args terms = SaleTerms.load(sale(args));
        (factory, asset_) = (SaleTerms.factory(terms), SaleTerms.asset(terms));
        (address other, uint256 value) = paidWith(args);
        if (value != 0) asset_ = other;
    }

    /// @return The amount held or, should the token have shrunk the balance, what is left of it.
    function left(Args args, address escrow, address asset_) internal view returns (uint256) {
        return Math.min(amount(args), Assets.balanceOf(asset_, escrow));
    }

    /// @return All that a release needs to know.
    function purchase(Args args) internal pure returns (IEscrow.Purchase memory) {
        (address asset_, uint256 value) = paidWith(args);
        return IEscrow.Purchase(sale(args), payer(args), amount(args), asset_, value);
    }
}
