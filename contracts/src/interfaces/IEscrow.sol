// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

/// @title IEscrow
/// @notice One investment's money, with two ways out: to the sale by the factory's word, or to the payer. What it holds for
/// whom is part of its code; the clocks are those of {IEscrowDesk}.
interface IEscrow {
    /// @param sale Where a release goes.
    /// @param payer Whose money it is.
    /// @param amount How much, in base units of what was paid.
    /// @param asset What was paid, where that is not the sale's own asset; else zero.
    /// @param value What `amount` was worth on opening, in base units of the sale's own asset; 0 where that was paid.
    struct Purchase {
        address sale;
        address payer;
        uint256 amount;
        address asset;
        uint256 value;
    }

    error Escrow_NotTheFactory(address caller);
    error Escrow_StillHeld();
    error Escrow_ShortTransfer(uint256 received, uint256 expected);

    /// @notice Sends the money back to the payer because time ran out. Needs neither the platform nor the operator.
    /// @dev Requirements: the escrow is held; the caller is the payer and `decideBy` has come (or the sale is over), or `expiresAt` has come. Should the
    /// token have shrunk the balance, what is left is sent. Emits {IEscrowDesk-EscrowRefunded} at the factory.
    function refund() external;

    /// @notice Sends `asset` that lies here beyond the held amount to the payer: gifts, mistakes, interest of a rebasing token.
    /// @dev Requirements: of the held asset, only after the end (released or refunded).
    function sweep(address asset) external;

    /// @notice Sends the money, or the accepted part of it, to the sale.
    /// @dev Requirements: the caller is the factory; the sale receives all of it.
    function release(uint256 accepted) external;

    /// @notice Sends the money back to the payer.
    /// @dev Requirements: the caller is the factory.
    /// @param amount Base units; the factory asks `refundable` first.
    function payBack(uint256 amount) external;

    /// @return 0 none, 1 held, 2 released, 3 refunded.
    function state() external view returns (uint8);

    /// @return The amount held or, should the token have shrunk the balance, what is left of it.
    function refundable() external view returns (uint256);

    /// @return All that a release needs to know.
    function purchase() external view returns (Purchase memory);

    /// @return The factory that decides.
    function factory() external view returns (address);

    /// @return The sale that a release goes to.
    function sale() external view returns (address);

    /// @return Whose money it is.
    function payer() external view returns (address);

    /// @return What is held; the zero address is the native coin.
    function asset() external view returns (address);

    /// @return How much, in base units.
    function amount() external view returns (uint256);

    /// @return The investment's UUID in the upper 16 bytes, the last 16 of the payer's address in the lower.
    function investmentId() external view returns (bytes32);

    /// @return The first second in which the payer may take the money back alone.
    function decideBy() external view returns (uint64);

    /// @return The first second in which nothing can be released any more.
    function expiresAt() external view returns (uint64);
}
