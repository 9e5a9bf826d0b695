// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

import {ITransferRule} from "../interfaces/ITransferRule.sol";
import {TransferRule} from "./TransferRule.sol";

/// @title MaxHoldersRule
/// @notice No more than so many may hold the token; a holder who sends all makes room.
contract MaxHoldersRule is TransferRule {
    uint8 public constant REASON = 11;

    /// @notice `token` may have `limit` holders from now on; 0 lifts the limit.
    event MaxHoldersSet(address indexed token, uint256 limit);

    mapping(address token => uint256) public limitOf;

    /// @notice Sets the limit of a token; 0 lifts it.
    /// @dev Requirements: the caller is an ADMIN of the token's tenant. Emits {MaxHoldersSet}.
    function setLimit(address token, uint256 limit) external onlyAdminOf(token) {
        limitOf[token] = limit;
        emit MaxHoldersSet(token, limit);
    }

    /// @inheritdoc ITransferRule
    function check(Move calldata move) external view override returns (uint8) {
        uint256 limit = limitOf[msg.sender];
        if (limit == 0 || move.amount == 0 || move.toBalance != 0) return 0;
        uint256 leaving = move.amount == move.fromBalance ? 1 : 0;
        return move.holders + 1 - leaving > limit ? REASON : 0;
    }
}
