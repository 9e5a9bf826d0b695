// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

import {IEscrow} from "./interfaces/IEscrow.sol";
import {IEscrowDesk} from "./interfaces/IEscrowDesk.sol";
import {Assets} from "./libraries/Assets.sol";
import {Args} from "./libraries/CloneArgs.sol";
import {EscrowClock} from "./libraries/EscrowClock.sol";
import {EscrowTerms} from "./libraries/EscrowTerms.sol";

/// @title Escrow
/// @notice See {IEscrow}. It has no storage: what it holds for whom is in its code (see {EscrowTerms}), when it was opened and
/// how it ended is in the factory, which can't be upgraded either.
contract Escrow is IEscrow {
    using EscrowTerms for Args;

    /// @inheritdoc IEscrow
    function refund() external override {
        // Check, Effect and event are the factory's
        Args terms = _terms();
        (address factory_, address asset_) = terms.parties();
        uint256 left = terms.left(address(this), asset_);
        address to = terms.payer();
        IEscrowDesk(factory_).settleTimeout(terms.investmentId(), msg.sender, to, left);

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
        Args terms = _terms();
        address asset_ = _assetForFactory(terms);
        address sale_ = terms.sale();
        uint256 before = Assets.balanceOf(asset_, sale_);
        Assets.send(asset_, sale_, accepted);
        uint256 received = Assets.balanceOf(asset_, sale_) - before;
        if (received != accepted) revert Escrow_ShortTransfer(received, accepted);
    }

    /// @inheritdoc IEscrow
    function payBack(uint256 amount_) external override {
        Args terms = _terms();
        Assets.send(_assetForFactory(terms), terms.payer(), amount_);
    }

    /// @inheritdoc IEscrow
    function state() public view override returns (uint8 state_) {
        // slither-disable-next-line unused-return (the rest is not asked for)
        (, state_,,) = IEscrowDesk(factory()).escrowOf(investmentId());
    }

    /// @inheritdoc IEscrow
    function refundable() external view override returns (uint256) {
        return _terms().left(address(this), asset());
    }

    /// @inheritdoc IEscrow
    function purchase() external view override returns (Purchase memory) {
        return _terms().purchase();
    }

    /// @inheritdoc IEscrow
    function factory() public view override returns (address factory_) {
        // slither-disable-next-line unused-return (the other is not asked for)
        (factory_,) = _terms().parties();
    }

    /// @inheritdoc IEscrow
    function sale() external view override returns (address) {
        return _terms().sale();
    }

    /// @inheritdoc IEscrow
    function payer() public view override returns (address) {
        return _terms().payer();
    }

    /// @inheritdoc IEscrow
    function asset() public view override returns (address asset_) {
        // slither-disable-next-line unused-return (the other is not asked for)
        (, asset_) = _terms().parties();
    }

    /// @inheritdoc IEscrow
    function amount() external view override returns (uint256) {
        return _terms().amount();
    }

    /// @inheritdoc IEscrow
    function investmentId() public view override returns (bytes32) {
        return _terms().investmentId();
    }

    /// @inheritdoc IEscrow
    function decideBy() external view override returns (uint64) {
        return EscrowClock.decideBy(_openedAt());
    }

    /// @inheritdoc IEscrow
    function expiresAt() external view override returns (uint64) {
        return EscrowClock.expiresAt(_openedAt());
    }

    function _terms() private view returns (Args) {
        return EscrowTerms.load(address(this));
    }

    function _assetForFactory(Args terms) private view returns (address asset_) {
        address factory_;
        (factory_, asset_) = terms.parties();
        if (msg.sender != factory_) revert Escrow_NotTheFactory(msg.sender);
    }

    function _openedAt() private view returns (uint64 openedAt) {
        // slither-disable-next-line unused-return (the rest is not asked for)
        (,, openedAt,) = IEscrowDesk(factory()).escrowOf(investmentId());
    }
}
