// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

/// @title ITransferRule
/// @notice One rule that transfers of a deal's token must pass: a compliance module in the sense of ERC-3643, but one that
/// only looks. What it needs to know the token tells it, so a rule calls nobody. One contract serves all tokens of a chain and
/// keeps each token's settings apart.
/// @dev Reasons: 10 country, 11 too many holders, 12 held too short, 13 too much in one hand, 14 investor class.
interface ITransferRule {
    /// @param from Sender.
    /// @param to Recipient.
    /// @param amount Base units.
    /// @param fromBalance Of the sender before the transfer.
    /// @param toBalance Of the recipient before the transfer.
    /// @param holders Number of holders before the transfer.
    /// @param heldSince When the sender last bought, or began to hold.
    /// @param country Of the recipient, ISO 3166-1 numeric.
    /// @param investorClass Of the recipient.
    struct Move {
        address from;
        address to;
        uint256 amount;
        uint256 fromBalance;
        uint256 toBalance;
        uint256 holders;
        uint256 heldSince;
        uint16 country;
        uint8 investorClass;
    }

    error TransferRule_NotAnAdmin(address caller);

    /// @notice Judges a transfer of the calling token.
    /// @return reason 0 when allowed, else the number of the reason.
    function check(Move calldata move) external view returns (uint8 reason);
}
