// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IEscrow} from "./interfaces/IEscrow.sol";
import {IEscrowDesk} from "./interfaces/IEscrowDesk.sol";
import {ITokenSale} from "./interfaces/ITokenSale.sol";
import {Assets} from "./libraries/Assets.sol";
import {CloneArgs} from "./libraries/CloneArgs.sol";
import {EscrowClock} from "./libraries/EscrowClock.sol";

/// @title Escrow
/// @notice See {IEscrow}. It has no storage: what it holds for whom is in its code, when it was opened and how it ended is
/// in the factory, which can't be upgraded either. Arguments: sale (20), payer (20), amount (12), investment (16), and where
/// another asset than the sale's own was paid, that asset (20) and what it was worth (12); the factory and else the asset are
/// the sale's, where they are part of the code too.
contract Escrow is IEscrow {
    /// @inheritdoc IEscrow
    function refund() external override {
        // Check, Effect and event are the factory's
        (address factory_, address asset_) = _parties();
        uint256 left = _left(asset_);
        address to = payer();
        IEscrowDesk(factory_).settleTimeout(investmentId(), msg.sender, to, left);

        // Interaction
        Assets.send(asset_, to, left);
    }

    /// @inheritdoc IEscrow
    function sweep(address asset_) external override {
        if (asset_ == asset() && state() == uint8(IEscrowDesk.EscrowState.Held)) revert Escrow_StillHeld();
        Assets.send(asset_, payer(), Assets.balanceOf(asset_, address(this)));
    }

    /// @inheritdoc IEscrow
    function release(uint256 accepted) external override {
        address asset_ = _assetForFactory();
        address sale_ = sale();
        uint256 before = Assets.balanceOf(asset_, sale_);
        Assets.send(asset_, sale_, accepted);
        uint256 received = Assets.balanceOf(asset_, sale_) - before;
        if (received != accepted) revert Escrow_ShortTransfer(received, accepted);
    }

    /// @inheritdoc IEscrow
    function payBack(uint256 amount_) external override {
        Assets.send(_assetForFactory(), payer(), amount_);
    }

    /// @inheritdoc IEscrow
    function state() public view override returns (uint8 state_) {
        // slither-disable-next-line unused-return (the rest is not asked for)
        (, state_,,) = IEscrowDesk(factory()).escrowOf(investmentId());
    }

    /// @inheritdoc IEscrow
    function refundable() external view override returns (uint256) {
        return _left(asset());
    }

    /// @inheritdoc IEscrow
    function purchase() external view override returns (Purchase memory) {
        (address asset_, uint256 value) = _paidWith();
        return Purchase(sale(), payer(), amount(), asset_, value);
    }

    /// @inheritdoc IEscrow
    function factory() public view override returns (address factory_) {
        (factory_,) = _parties();
    }

    /// @inheritdoc IEscrow
    function sale() public view override returns (address) {
        return CloneArgs.addressAt(0);
    }

    /// @inheritdoc IEscrow
    function payer() public view override returns (address) {
        return CloneArgs.addressAt(20);
    }

    /// @inheritdoc IEscrow
    function asset() public view override returns (address asset_) {
        (, asset_) = _parties();
    }

    /// @inheritdoc IEscrow
    function amount() public view override returns (uint256) {
        return CloneArgs.uintAt(40, 12);
    }

    /// @inheritdoc IEscrow
    function investmentId() public view override returns (bytes32) {
        // Its lower half is the payer's, see {IEscrowDesk}.
        return bytes32(CloneArgs.uintAt(52, 16) << 128 | uint128(uint160(payer())));
    }

    /// @inheritdoc IEscrow
    function decideBy() external view override returns (uint64) {
        return EscrowClock.decideBy(_openedAt());
    }

    /// @inheritdoc IEscrow
    function expiresAt() external view override returns (uint64) {
        return EscrowClock.expiresAt(_openedAt());
    }

    function _parties() private view returns (address factory_, address asset_) {
        (factory_, asset_) = ITokenSale(payable(sale())).parties();
        (address other, uint256 value) = _paidWith();
        if (value != 0) asset_ = other;
    }

    /// @dev Zeros where the sale's own asset was paid: then the code ends before.
    function _paidWith() private view returns (address asset_, uint256 value) {
        uint256 word = uint256(CloneArgs.bytes32At(68));
        return (address(uint160(word >> 96)), uint96(word));
    }

    function _assetForFactory() private view returns (address asset_) {
        address factory_;
        (factory_, asset_) = _parties();
        if (msg.sender != factory_) revert Escrow_NotTheFactory(msg.sender);
    }

    function _left(address asset_) private view returns (uint256) {
        return Math.min(amount(), Assets.balanceOf(asset_, address(this)));
    }

    function _openedAt() private view returns (uint64 openedAt) {
        // slither-disable-next-line unused-return (the rest is not asked for)
        (,, openedAt,) = IEscrowDesk(factory()).escrowOf(investmentId());
    }
}
