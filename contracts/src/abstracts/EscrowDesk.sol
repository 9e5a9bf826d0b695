// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IEscrow} from "../interfaces/IEscrow.sol";
import {IEscrowDesk} from "../interfaces/IEscrowDesk.sol";
import {ITokenSale} from "../interfaces/ITokenSale.sol";
import {Assets} from "../libraries/Assets.sol";
import {EscrowClock} from "../libraries/EscrowClock.sol";
import {DealDesk} from "./DealDesk.sol";

/// @title EscrowDesk
/// @notice See {IEscrowDesk}. One storage slot an investment: where its money is, since when, and how it ended.
abstract contract EscrowDesk is DealDesk, IEscrowDesk, ReentrancyGuardTransient {
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    struct Record {
        address escrow;
        uint64 openedAt;
        EscrowState state;
        bool refundRequested;
    }

    address private immutable _escrowImplementation;
    mapping(bytes32 investmentId => Record) private _records;

    constructor(address escrowImplementation) {
        _escrowImplementation = escrowImplementation;
    }

    /// @inheritdoc IEscrowDesk
    function openEscrow(bytes32 investmentId, bytes32 dealId, uint256 amount)
        external
        payable
        override
        nonReentrant
        returns (address)
    {
        return _open(investmentId, dealId, amount);
    }

    /// @inheritdoc IEscrowDesk
    function openEscrowWithPermit(
        bytes32 investmentId,
        bytes32 dealId,
        uint256 amount,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external override nonReentrant returns (address) {
        (address sale,) = _saleOf(dealId);
        if (sale == address(0)) revert EscrowDesk_DealNotActive(dealId);
        // A permit seen in the mempool can be submitted by anyone first: what counts is the allowance it left.
        try IERC20Permit(ITokenSale(payable(sale)).asset()).permit(msg.sender, address(this), amount, deadline, v, r, s) {}
            catch {}
        return _open(investmentId, dealId, amount);
    }

    /// @inheritdoc IEscrowDesk
    function release(bytes32 investmentId) external override onlyRole(OPERATOR_ROLE) nonReentrant {
        _checkRunning();
        _release(investmentId);
    }

    /// @inheritdoc IEscrowDesk
    function releaseMany(bytes32[] calldata investmentIds) external override onlyRole(OPERATOR_ROLE) nonReentrant {
        _checkRunning();
        for (uint256 i; i < investmentIds.length; ++i) _release(investmentIds[i]);
    }

    /// @inheritdoc IEscrowDesk
    function reject(bytes32 investmentId, bytes32 reason) external override onlyRole(OPERATOR_ROLE) nonReentrant {
        _payBack(investmentId, RefundCause.Rejected, reason);
    }

    /// @inheritdoc IEscrowDesk
    function requestRefund(bytes32 investmentId) external override {
        Record storage record = _held(investmentId);
        if (msg.sender != IEscrow(record.escrow).payer()) revert EscrowDesk_NotThePayer(msg.sender);
        record.refundRequested = true;
        emit RefundRequested(investmentId, record.escrow);
    }

    /// @inheritdoc IEscrowDesk
    function agreeRefund(bytes32 investmentId) external override onlyRole(OPERATOR_ROLE) nonReentrant {
        if (!_records[investmentId].refundRequested) revert EscrowDesk_NotRequested(investmentId);
        _payBack(investmentId, RefundCause.Mutual, bytes32(0));
    }

    /// @inheritdoc IEscrowDesk
    function settleTimeout(bytes32 investmentId, address actor, address payer, uint256 amount) external override {
        // Check
        Record storage record = _records[investmentId];
        if (msg.sender != record.escrow) revert EscrowDesk_NotTheEscrow(msg.sender);
        _held(investmentId);
        uint64 expiresAt = EscrowClock.expiresAt(record.openedAt);
        uint64 until = actor == payer ? EscrowClock.decideBy(record.openedAt) : expiresAt;
        if (block.timestamp < until) revert EscrowDesk_TooEarly(investmentId, until);

        // Effect
        record.state = EscrowState.Refunded;
        RefundCause cause = block.timestamp < expiresAt ? RefundCause.Undecided : RefundCause.Expired;
        emit EscrowRefunded(investmentId, msg.sender, amount, uint8(cause), bytes32(0));
    }

    /// @inheritdoc IEscrowDesk
    function escrowAddress(bytes32 investmentId, bytes32 dealId, address payer, uint256 amount)
        external
        view
        override
        returns (address)
    {
        (address sale,) = _saleOf(dealId);
        if (sale == address(0)) revert EscrowDesk_DealNotActive(dealId);
        bytes memory args = _escrowArgs(investmentId, sale, payer, amount);
        return Clones.predictDeterministicAddressWithImmutableArgs(_escrowImplementation, args, investmentId);
    }

    /// @inheritdoc IEscrowDesk
    function escrowOf(bytes32 investmentId)
        external
        view
        override
        returns (address escrow, uint8 state, uint64 openedAt, bool refundRequested)
    {
        Record memory record = _records[investmentId];
        return (record.escrow, uint8(record.state), record.openedAt, record.refundRequested);
    }

    /// @inheritdoc IEscrowDesk
    function purchaseOf(bytes32 investmentId) external view override returns (address, address, uint256) {
        Record memory record = _records[investmentId];
        if (record.state != EscrowState.Released) revert EscrowDesk_NotReleased(investmentId, record.state);
        return IEscrow(record.escrow).purchase();
    }

    function _open(bytes32 investmentId, bytes32 dealId, uint256 amount) private returns (address escrow) {
        // Check
        if (investmentId == 0 || uint128(uint256(investmentId)) != 0) revert EscrowDesk_NotAnId(investmentId);
        _checkRunning();
        (address sale, bool active) = _saleOf(dealId);
        if (!active) revert EscrowDesk_DealNotActive(dealId);
        if (_records[investmentId].state != EscrowState.None) revert EscrowDesk_AlreadyOpened(investmentId);
        address asset = ITokenSale(payable(sale)).admit(amount);
        uint256 coin = asset == Assets.NATIVE ? amount : 0;
        if (msg.value != coin) revert EscrowDesk_WrongValue(msg.value, coin);

        // Effect
        bytes memory args = _escrowArgs(investmentId, sale, msg.sender, amount);
        escrow = Clones.cloneDeterministicWithImmutableArgs(_escrowImplementation, args, investmentId, coin);
        uint64 openedAt = uint64(block.timestamp);
        _records[investmentId] = Record(escrow, openedAt, EscrowState.Held, false);
        emit EscrowOpened(
            investmentId,
            dealId,
            msg.sender,
            escrow,
            asset,
            amount,
            EscrowClock.decideBy(openedAt),
            EscrowClock.expiresAt(openedAt)
        );

        // Interaction
        if (asset != Assets.NATIVE) _collect(IERC20(asset), escrow, amount);
    }

    /// @dev An escrow may be sent money before it exists; only what arrives now counts.
    function _collect(IERC20 asset, address escrow, uint256 amount) private {
        uint256 before = asset.balanceOf(escrow);
        asset.safeTransferFrom(msg.sender, escrow, amount);
        uint256 received = asset.balanceOf(escrow) - before;
        if (received != amount) revert EscrowDesk_AmountNotReceived(received, amount);
    }

    function _release(bytes32 investmentId) private {
        // Check
        Record storage record = _held(investmentId);
        uint256 expiresAt = EscrowClock.expiresAt(record.openedAt);
        if (block.timestamp >= expiresAt) revert EscrowDesk_Expired(investmentId, expiresAt);

        // Effect
        record.state = EscrowState.Released;
        IEscrow escrow = IEscrow(record.escrow);
        (address sale, address payer, uint256 amount) = escrow.purchase();
        (uint256 tokens, uint256 fee) = ITokenSale(payable(sale)).recordPurchase(payer, amount);
        emit EscrowReleased(investmentId, address(escrow), amount - fee, fee, tokens);

        // Interaction
        escrow.release();
    }

    function _payBack(bytes32 investmentId, RefundCause cause, bytes32 reason) private {
        // Check
        Record storage record = _held(investmentId);

        // Effect
        record.state = EscrowState.Refunded;
        IEscrow escrow = IEscrow(record.escrow);
        uint256 amount = escrow.refundable();
        emit EscrowRefunded(investmentId, address(escrow), amount, uint8(cause), reason);

        // Interaction
        escrow.payBack(amount);
    }

    function _held(bytes32 investmentId) private view returns (Record storage record) {
        record = _records[investmentId];
        if (record.state != EscrowState.Held) revert EscrowDesk_NotHeld(investmentId, record.state);
    }

    function _checkRunning() private view {
        if (_platform().paused()) revert EscrowDesk_Paused();
    }

    function _escrowArgs(bytes32 investmentId, address sale, address payer, uint256 amount)
        private
        pure
        returns (bytes memory)
    {
        return abi.encodePacked(sale, payer, amount.toUint96(), bytes16(investmentId));
    }
}
