// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IEscrow} from "../interfaces/IEscrow.sol";
import {IEscrowDesk} from "../interfaces/IEscrowDesk.sol";
import {ITokenSale} from "../interfaces/ITokenSale.sol";
import {Args} from "../libraries/CloneArgs.sol";
import {EscrowClock} from "../libraries/EscrowClock.sol";
import {EscrowTerms} from "../libraries/EscrowTerms.sol";
import {DealDesk} from "./DealDesk.sol";

/// @title EscrowDesk
/// @notice See {IEscrowDesk}. One storage slot an investment: where its money is, since when, and how it ended.
abstract contract EscrowDesk is DealDesk, IEscrowDesk, ReentrancyGuardTransient {
    using EscrowTerms for Args;

    struct Record {
        address escrow;
        uint64 openedAt;
        EscrowState state;
        bool refundRequested;
        bool inPart;
    }

    address internal immutable _escrowImplementation;
    mapping(bytes32 investmentId => Record) internal _records;
    /// @dev Of releases in part only: what of the amount was accepted.
    mapping(bytes32 investmentId => uint256) private _accepted;

    constructor(address escrowImplementation) {
        _escrowImplementation = escrowImplementation;
    }

    /// @inheritdoc IEscrowDesk
    function release(bytes32 investmentId) external override onlyRole(OPERATOR_ROLE) nonReentrant {
        _checkRunning();
        _release(investmentId, type(uint256).max);
    }

    /// @inheritdoc IEscrowDesk
    function releasePart(bytes32 investmentId, uint256 accepted)
        external
        override
        onlyRole(OPERATOR_ROLE)
        nonReentrant
    {
        _checkRunning();
        _release(investmentId, accepted);
    }

    /// @inheritdoc IEscrowDesk
    function releaseMany(bytes32[] calldata investmentIds) external override onlyRole(OPERATOR_ROLE) nonReentrant {
        _checkRunning();
        for (uint256 i; i < investmentIds.length; ++i) _release(investmentIds[i], type(uint256).max);
    }

    /// @inheritdoc IEscrowDesk
    function allocate(bytes32[] calldata investmentIds, uint256[] calldata accepted, bytes32 reason)
        external
        override
        onlyRole(OPERATOR_ROLE)
        nonReentrant
    {
        if (investmentIds.length != accepted.length) revert EscrowDesk_WrongLength(accepted.length);
        _checkRunning();
        for (uint256 i; i < investmentIds.length; ++i) {
            // Whoever is called in between finds the next escrow held or, once its time is out, sent home: then all is undone.
            // slither-disable-next-line reentrancy-no-eth
            if (accepted[i] == 0) _payBack(investmentIds[i], RefundCause.Rejected, reason);
            // slither-disable-next-line reentrancy-no-eth
            else _release(investmentIds[i], accepted[i]);
        }
    }

    /// @inheritdoc IEscrowDesk
    function reject(bytes32 investmentId, bytes32 reason) external override onlyRole(OPERATOR_ROLE) nonReentrant {
        _payBack(investmentId, RefundCause.Rejected, reason);
    }

    /// @inheritdoc IEscrowDesk
    function requestRefund(bytes32 investmentId) external override {
        Record memory record = _records[investmentId];
        _checkHeld(investmentId, record);
        if (_msgSender() != EscrowTerms.load(record.escrow).payer()) revert EscrowDesk_NotThePayer(_msgSender());
        _records[investmentId].refundRequested = true;
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
        Record memory record = _records[investmentId];
        if (msg.sender != record.escrow) revert EscrowDesk_NotTheEscrow(msg.sender);
        _checkHeld(investmentId, record);
        uint64 expiresAt = EscrowClock.expiresAt(record.openedAt);
        uint64 until = actor == payer ? EscrowClock.decideBy(record.openedAt) : expiresAt;
        bool early = block.timestamp < until;
        if (early && !(actor == payer && _saleIsOver(msg.sender))) revert EscrowDesk_TooEarly(investmentId, until);

        // Effect
        _records[investmentId].state = EscrowState.Refunded;
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
        bytes memory args = EscrowTerms.pack(investmentId, sale, payer, amount);
        return Clones.predictDeterministicAddressWithImmutableArgs(_escrowImplementation, args, investmentId);
    }

    /// @inheritdoc IEscrowDesk
    function escrowAddressIn(bytes32 investmentId, bytes32 dealId, address payer, address asset, uint256 amount)
        external
        view
        override
        returns (address)
    {
        (address sale,) = _saleOf(dealId);
        if (sale == address(0)) revert EscrowDesk_DealNotActive(dealId);
        uint256 value = ITokenSale(payable(sale)).valueOf(asset, amount);
        bytes memory args = EscrowTerms.packIn(investmentId, sale, payer, amount, asset, value);
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
    function purchaseOf(bytes32 investmentId)
        external
        view
        override
        returns (IEscrow.Purchase memory bought)
    {
        Record memory record = _records[investmentId];
        if (record.state != EscrowState.Released) revert EscrowDesk_NotReleased(investmentId, record.state);
        bought = EscrowTerms.load(record.escrow).purchase();
        if (record.inPart) _reduce(bought, _accepted[investmentId]);
    }

    /// @param accepted What of the amount is taken; more than the amount means all.
    function _release(bytes32 investmentId, uint256 accepted) private {
        // Check
        Record memory record = _records[investmentId];
        _checkHeld(investmentId, record);
        uint256 expiresAt = EscrowClock.expiresAt(record.openedAt);
        if (block.timestamp >= expiresAt) revert EscrowDesk_Expired(investmentId, expiresAt);

        // Effect
        _records[investmentId].state = EscrowState.Released;
        IEscrow escrow = IEscrow(record.escrow);
        IEscrow.Purchase memory bought = EscrowTerms.load(record.escrow).purchase();
        uint256 rest = accepted < bought.amount ? bought.amount - accepted : 0;
        if (rest != 0) {
            (_records[investmentId].inPart, _accepted[investmentId]) = (true, accepted);
            _reduce(bought, accepted);
            emit EscrowReduced(investmentId, address(escrow), rest);
        }
        ITokenSale sale = ITokenSale(payable(bought.sale));
        (uint256 tokens, uint256 fee) = bought.value == 0
            ? sale.recordPurchase(bought.payer, bought.amount)
            : sale.recordPurchaseIn(bought.payer, bought.asset, bought.amount, bought.value);
        emit EscrowReleased(investmentId, address(escrow), bought.amount - fee, fee, tokens);

        // Interaction
        escrow.release(bought.amount);
        if (rest != 0) escrow.payBack(rest);
    }

    /// @dev To the accepted part, and what that was worth.
    function _reduce(IEscrow.Purchase memory bought, uint256 accepted) private pure {
        if (bought.value != 0) {
            bought.value = Math.mulDiv(bought.value, accepted, bought.amount);
            // Zero would read as the sale's own asset.
            // slither-disable-next-line incorrect-equality (a worth, not a balance: nobody else can change it)
            if (bought.value == 0) revert EscrowDesk_WorthNothing(accepted);
        }
        bought.amount = accepted;
    }

    function _payBack(bytes32 investmentId, RefundCause cause, bytes32 reason) private {
        // Check
        Record memory record = _records[investmentId];
        _checkHeld(investmentId, record);

        // Effect
        _records[investmentId].state = EscrowState.Refunded;
        uint256 amount = _refundable(record.escrow);
        emit EscrowRefunded(investmentId, record.escrow, amount, uint8(cause), reason);

        // Interaction
        IEscrow(record.escrow).payBack(amount);
    }

    /// @dev What {IEscrow-refundable} says, without the detour.
    function _refundable(address escrow) private view returns (uint256) {
        Args terms = EscrowTerms.load(escrow);
        // slither-disable-next-line unused-return (the other is not asked for)
        (, address asset) = terms.parties();
        return terms.left(escrow, asset);
    }

    function _checkHeld(bytes32 investmentId, Record memory record) private pure {
        if (record.state != EscrowState.Held) revert EscrowDesk_NotHeld(investmentId, record.state);
    }

    function _saleIsOver(address escrow) private view returns (bool) {
        return ITokenSale(payable(EscrowTerms.load(escrow).sale())).status() >= ITokenSale.Status.Finalised;
    }

    /// @dev Held from `openedAt` on. One write; the compiler would make one of each field.
    function _record(bytes32 investmentId, address escrow, uint64 openedAt) internal {
        Record storage record = _records[investmentId];
        uint256 word = uint256(uint8(EscrowState.Held)) << 224 | uint256(openedAt) << 160 | uint160(escrow);
        assembly ("memory-safe") {
            sstore(record.slot, word)
        }
    }

    function _checkRunning() internal view {
        if (_platform().paused()) revert EscrowDesk_Paused();
    }
}
