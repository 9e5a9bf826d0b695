// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

import {IEscrow} from "./IEscrow.sol";

/// @title IEscrowDesk
/// @notice The part of a tenant's factory that opens and decides escrows, and announces what became of each, so that a
/// follower watches one address a tenant.
/// @dev Clocks, both counted from the block that opened the escrow, second for second:
/// - before `decideBy` (opening + 14 days) only the operator decides, unless the sale is over: then nothing could be released
///   any more, and the payer may take the money back at once;
/// - from the very second `decideBy` on the payer may take the money back, unless the operator was faster;
/// - up to and including the second before `expiresAt` (opening + 30 days) the operator may still release;
/// - from the very second `expiresAt` on nothing can be released any more and anyone may send the money back to the payer.
/// Released and refunded are final.
///
/// An investment's id is its UUID in the upper 16 bytes and the last 16 of the payer's address in the lower: nobody else can
/// open an escrow under it, so nobody can use it up.
interface IEscrowDesk {
    enum EscrowState {
        None,
        Held,
        Released,
        Refunded
    }

    /// @dev Why money went back: numbers are part of the interface (see {EscrowRefunded}).
    enum RefundCause {
        None,
        Rejected,
        Undecided,
        Expired,
        Mutual
    }

    /// @notice The payer's money is held by `escrow`.
    event EscrowOpened(
        bytes32 indexed investmentId,
        bytes32 indexed dealId,
        address indexed payer,
        address escrow,
        address asset,
        uint256 amount,
        uint64 decideBy,
        uint64 expiresAt
    );
    /// @notice The money went to the sale, which keeps `fee` of it apart for the platform, and the payer got `tokens`.
    event EscrowReleased(bytes32 indexed investmentId, address escrow, uint256 toSale, uint256 fee, uint256 tokens);
    /// @notice Only a part of the money was accepted: `returned` of it went back to the payer; {EscrowReleased} tells the rest.
    event EscrowReduced(bytes32 indexed investmentId, address escrow, uint256 returned);
    /// @notice `amount` went back to the payer. `cause`: 1 rejected, 2 undecided, 3 expired, 4 mutual.
    event EscrowRefunded(
        bytes32 indexed investmentId, address escrow, uint256 amount, uint8 cause, bytes32 reason
    );
    /// @notice The payer asks for the money back before a decision.
    event RefundRequested(bytes32 indexed investmentId, address escrow);

    error EscrowDesk_NotAnId(bytes32 investmentId);
    error EscrowDesk_NotYourId(bytes32 investmentId, address payer);
    error EscrowDesk_WrongLength(uint256 length);
    error EscrowDesk_WorthNothing(uint256 accepted);
    error EscrowDesk_Paused();
    error EscrowDesk_DealNotActive(bytes32 dealId);
    error EscrowDesk_AlreadyOpened(bytes32 investmentId);
    error EscrowDesk_WrongValue(uint256 sent, uint256 expected);
    error EscrowDesk_AmountNotReceived(uint256 received, uint256 expected);
    error EscrowDesk_NotHeld(bytes32 investmentId, EscrowState state);
    error EscrowDesk_Expired(bytes32 investmentId, uint256 expiredAt);
    error EscrowDesk_TooEarly(bytes32 investmentId, uint256 until);
    error EscrowDesk_NotThePayer(address caller);
    error EscrowDesk_NotTheEscrow(address caller);
    error EscrowDesk_NotRequested(bytes32 investmentId);
    error EscrowDesk_NotReleased(bytes32 investmentId, EscrowState state);

    /// @notice Makes the caller's own escrow and moves the caller's money into it.
    /// @dev Requirements: neither the platform nor the sale is paused; the deal is active and within its schedule; the amount
    /// is within ticket and hard cap; `investmentId` is new, not zero in its upper half, and the payer's in its lower; an
    /// ERC-20 payer has approved this factory for `amount` and sends no coin, a payer in native coin sends exactly `amount`; the
    /// escrow receives all of it (tokens that take a fee are refused). Emits {EscrowOpened}.
    /// @param investmentId The investment's UUID in the upper 16 bytes, the last 16 of the payer's address in the lower.
    /// @param amount Base units of the sale's asset.
    function openEscrow(bytes32 investmentId, bytes32 dealId, uint256 amount)
        external
        payable
        returns (address escrow);

    /// @notice `openEscrow` for a sale with an allow-list or vouchers.
    /// @dev Requirements and events: those of {openEscrow}, and the pass opens the gate.
    /// @param pass See {ITokenSale-admit}.
    function openEscrowWithPass(bytes32 investmentId, bytes32 dealId, uint256 amount, bytes calldata pass)
        external
        payable
        returns (address escrow);

    /// @notice `openEscrow` in another asset that the sale accepts, at its price of this moment.
    /// @dev Requirements and events: those of {openEscrowWithPass}, the tickets and caps being asked of what the amount is worth;
    /// the sale has a price in `asset`; the amount buys at least `minTokens`.
    /// @param asset What is paid; the zero address is the native coin.
    /// @param amount Base units of `asset`.
    /// @param minTokens The least base units of token that the payer is content with, should the price change meanwhile.
    /// @param pass Empty where no gate is set; a voucher names what the amount is worth in the sale's own asset.
    function openEscrowIn(
        bytes32 investmentId,
        bytes32 dealId,
        address asset,
        uint256 amount,
        uint256 minTokens,
        bytes calldata pass
    ) external payable returns (address escrow);

    /// @notice `openEscrow` with the approval signed (ERC-2612) instead of sent. A permit that someone else has already
    /// submitted does no harm.
    /// @dev Requirements and events: those of {openEscrow}.
    function openEscrowWithPermit(
        bytes32 investmentId,
        bytes32 dealId,
        uint256 amount,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external returns (address escrow);

    /// @notice Sends the money to the sale; the payer gets tokens.
    /// @dev Requirements: the caller is an OPERATOR; neither the platform nor the sale is paused; the escrow is held and not
    /// expired; the sale is open or closed but not decided; the hard cap is kept. Emits {EscrowReleased}.
    function release(bytes32 investmentId) external;

    /// @notice `release` for many in one transaction, in their order, all or none: should one be refused (sent home or released
    /// meanwhile, expired, above the hard cap, named twice, an asset that is stopped), nothing of any has happened, and the error
    /// is that one's. None at all is no error and does nothing.
    /// @dev Requirements: those of {release} for each. Emits {EscrowReleased} for each, in the same order.
    /// @param investmentIds Ids of held escrows, of any of the tenant's deals; their number is bounded by the gas of a block alone.
    function releaseMany(bytes32[] calldata investmentIds) external;

    /// @notice Accepts only a part, as an allocation of too many subscriptions asks for: that part goes to the sale, the rest back
    /// to the payer.
    /// @dev Requirements: those of {release}; what is accepted buys at least one base unit.
    /// Emits {EscrowReleased} and, when something goes back, {EscrowReduced}.
    /// @param accepted Base units of the asset; more than the amount means all.
    function releasePart(bytes32 investmentId, uint256 accepted) external;

    /// @notice Carries out an allocation, pro rata or by lot: each escrow is released for its accepted part, or sent back where
    /// that is zero. All or none.
    /// @dev Requirements: those of {release} for each. Emits {EscrowReleased} and {EscrowReduced}, or {EscrowRefunded}.
    /// @param accepted For each escrow in the same order, base units of its asset; more than the amount means all.
    /// @param reason A code of the operator's for those sent back, for the record.
    function allocate(bytes32[] calldata investmentIds, uint256[] calldata accepted, bytes32 reason) external;

    /// @notice Sends the money back to the payer.
    /// @dev Requirements: the caller is an OPERATOR; the escrow is held. Works when paused. Emits {EscrowRefunded}.
    /// @param reason A code of the operator's, for the record.
    function reject(bytes32 investmentId, bytes32 reason) external;

    /// @notice The payer asks for the money back before a decision.
    /// @dev Requirements: the caller is the payer; the escrow is held. Works when paused. Emits {RefundRequested}.
    function requestRefund(bytes32 investmentId) external;

    /// @notice The operator agrees to the payer's request.
    /// @dev Requirements: the caller is an OPERATOR; the escrow is held; the payer asked. Works when paused.
    /// Emits {EscrowRefunded}.
    function agreeRefund(bytes32 investmentId) external;

    /// @notice An escrow is about to pay its payer back because time ran out; see {IEscrow-refund}.
    /// @dev Requirements: the caller is the escrow of `investmentId`, and it is held; `actor` is the payer and `decideBy` has
    /// come or the sale is over, or `expiresAt` has come. Works when paused. Emits {EscrowRefunded}.
    function settleTimeout(bytes32 investmentId, address actor, address payer, uint256 amount) external;

    /// @return Where the escrow of an investment is or will be. The address binds all four, this tenant and its sale.
    function escrowAddress(bytes32 investmentId, bytes32 dealId, address payer, uint256 amount)
        external
        view
        returns (address);

    /// @return Where the escrow of an investment in another asset would be at the price of this moment.
    function escrowAddressIn(bytes32 investmentId, bytes32 dealId, address payer, address asset, uint256 amount)
        external
        view
        returns (address);

    /// @return escrow The escrow of an investment, or the zero address.
    /// @return state 0 none, 1 held, 2 released, 3 refunded.
    /// @return openedAt The second in which it was opened.
    /// @return refundRequested Whether the payer asked for the money back.
    function escrowOf(bytes32 investmentId)
        external
        view
        returns (address escrow, uint8 state, uint64 openedAt, bool refundRequested);

    /// @notice What a released escrow bought, and for how much (the accepted part); see {IEscrow-purchase}.
    /// @dev Requirements: it is released.
    function purchaseOf(bytes32 investmentId) external view returns (IEscrow.Purchase memory);
}
