// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IEscrow} from "./interfaces/IEscrow.sol";
import {IEscrowDesk} from "./interfaces/IEscrowDesk.sol";
import {Assets} from "./libraries/Assets.sol";
import {CloneArgs} from "./libraries/CloneArgs.sol";
import {EscrowClock} from "./libraries/EscrowClock.sol";

/// @title Escrow
/// @notice See {IEscrow}. It has no storage: what it holds for whom is in its code, when it was opened and how it ended is
/// in the factory, which can't be upgraded either.
contract Escrow is IEscrow {
    modifier onlyFactory() {
        if (msg.sender != factory()) revert Escrow_NotTheFactory(msg.sender);
        _;
    }

    /// @inheritdoc IEscrow
    function refund() external override {
        // Check, Effect and event are the factory's
        uint256 left = refundable();
        address to = payer();
        IEscrowDesk(factory()).settleTimeout(investmentId(), msg.sender, to, left);

        // Interaction
        Assets.send(asset(), to, left);
    }

    /// @inheritdoc IEscrow
    function sweep(address asset_) external override {
        if (asset_ == asset() && state() == uint8(IEscrowDesk.EscrowState.Held)) revert Escrow_StillHeld();
        Assets.send(asset_, payer(), Assets.balanceOf(asset_, address(this)));
    }

    /// @inheritdoc IEscrow
    function release() external override onlyFactory {
        (address asset_, address sale_, uint256 amount_) = (asset(), sale(), amount());
        uint256 before = Assets.balanceOf(asset_, sale_);
        Assets.send(asset_, sale_, amount_);
        uint256 received = Assets.balanceOf(asset_, sale_) - before;
        if (received != amount_) revert Escrow_ShortTransfer(received, amount_);
    }

    /// @inheritdoc IEscrow
    function payBack(uint256 amount_) external override onlyFactory {
        Assets.send(asset(), payer(), amount_);
    }

    /// @inheritdoc IEscrow
    function state() public view override returns (uint8 state_) {
        (, state_,,) = IEscrowDesk(factory()).escrowOf(investmentId());
    }

    /// @inheritdoc IEscrow
    function refundable() public view override returns (uint256) {
        return Math.min(amount(), Assets.balanceOf(asset(), address(this)));
    }

    /// @inheritdoc IEscrow
    function purchase() external view override returns (address sale_, address payer_, uint256 amount_) {
        return (sale(), payer(), amount());
    }

    /// @inheritdoc IEscrow
    function factory() public view override returns (address) {
        return CloneArgs.addressAt(0);
    }

    /// @inheritdoc IEscrow
    function sale() public view override returns (address) {
        return CloneArgs.addressAt(20);
    }

    /// @inheritdoc IEscrow
    function payer() public view override returns (address) {
        return CloneArgs.addressAt(40);
    }

    /// @inheritdoc IEscrow
    function asset() public view override returns (address) {
        return CloneArgs.addressAt(60);
    }

    /// @inheritdoc IEscrow
    function amount() public view override returns (uint256) {
        return CloneArgs.uintAt(80, 14);
    }

    /// @inheritdoc IEscrow
    function investmentId() public view override returns (bytes32) {
        return CloneArgs.bytes32At(94);
    }

    /// @inheritdoc IEscrow
    function decideBy() external view override returns (uint64) {
        return EscrowClock.decideBy(_openedAt());
    }

    /// @inheritdoc IEscrow
    function expiresAt() external view override returns (uint64) {
        return EscrowClock.expiresAt(_openedAt());
    }

    function _openedAt() private view returns (uint64 openedAt) {
        (,, openedAt,) = IEscrowDesk(factory()).escrowOf(investmentId());
    }
}
