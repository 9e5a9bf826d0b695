// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

import {ITransferRule} from "../interfaces/ITransferRule.sol";
import {TransferRule} from "./TransferRule.sol";

/// @title HoldingPeriodRule
/// @notice Tokens are held for a while before they are sent on. The clock starts with each purchase from the sale and with
/// the first tokens received; what others send to a holder does not restart it, or anyone could lock anyone in.
contract HoldingPeriodRule is TransferRule {
    uint8 public constant REASON = 12;

    /// @notice Holders of `token` wait `period` seconds from now on.
    event HoldingPeriodSet(address indexed token, uint256 period);

    mapping(address token => uint256) public periodOf;

    /// @notice Sets the period of a token, in seconds.
    /// @dev Requirements: the caller is an ADMIN of the token's tenant. Emits {HoldingPeriodSet}.
    function setPeriod(address token, uint256 period) external onlyAdminOf(token) {
        periodOf[token] = period;
        emit HoldingPeriodSet(token, period);
    }

    /// @inheritdoc ITransferRule
    function check(Move calldata move) external view override returns (uint8) {
        return block.timestamp - move.heldSince < periodOf[msg.sender] ? REASON : 0;
    }
}
