// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

import {ITransferRule} from "../interfaces/ITransferRule.sol";
import {TransferRule} from "./TransferRule.sol";

/// @title MaxBalanceRule
/// @notice Nobody comes to hold more than so much by a transfer.
contract MaxBalanceRule is TransferRule {
    uint8 public constant REASON = 13;

    /// @notice Holders of `token` may have `limit` base units from now on; 0 lifts the limit.
    event MaxBalanceSet(address indexed token, uint256 limit);

    mapping(address token => uint256) public limitOf;

    /// @notice Sets the limit of a token, in base units; 0 lifts it.
    /// @dev Requirements: the caller is an ADMIN of the token's tenant. Emits {MaxBalanceSet}.
    function setLimit(address token, uint256 limit) external onlyAdminOf(token) {
        limitOf[token] = limit;
        emit MaxBalanceSet(token, limit);
    }

    /// @inheritdoc ITransferRule
    function check(Move calldata move) external view override returns (uint8) {
        uint256 limit = limitOf[msg.sender];
        bool over = limit != 0 && move.from != move.to && move.toBalance + move.amount > limit;
        return over ? REASON : 0;
    }
}
