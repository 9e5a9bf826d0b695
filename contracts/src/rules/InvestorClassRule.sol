// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

import {ITransferRule} from "../interfaces/ITransferRule.sol";
import {TransferRule} from "./TransferRule.sol";

/// @title InvestorClassRule
/// @notice Recipients must be of a class that is let in (retail, professional, accredited … by the tenant's own numbers).
contract InvestorClassRule is TransferRule {
    uint8 public constant REASON = 14;

    /// @notice `token` may go to the classes whose bits are set.
    event ClassesSet(address indexed token, uint256 classes);

    mapping(address token => uint256) public classesOf;

    /// @notice Sets the classes of a token, class n by bit n.
    /// @dev Requirements: the caller is an ADMIN of the token's tenant. Emits {ClassesSet}.
    function setClasses(address token, uint256 classes) external onlyAdminOf(token) {
        classesOf[token] = classes;
        emit ClassesSet(token, classes);
    }

    /// @inheritdoc ITransferRule
    function check(Move calldata move) external view override returns (uint8) {
        return classesOf[msg.sender] >> move.investorClass & 1 == 1 ? 0 : REASON;
    }
}
