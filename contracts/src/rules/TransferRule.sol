// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

import {IDealToken} from "../interfaces/IDealToken.sol";
import {ITenantRoles} from "../interfaces/ITenantRoles.sol";
import {ITransferRule} from "../interfaces/ITransferRule.sol";

/// @title TransferRule
/// @notice What rules have in common: the ADMIN of a token's tenant sets them for that token.
abstract contract TransferRule is ITransferRule {
    modifier onlyAdminOf(address token) {
        ITenantRoles desk = ITenantRoles(IDealToken(token).identityRegistry());
        if (!desk.hasRole(desk.ADMIN_ROLE(), msg.sender)) revert TransferRule_NotAnAdmin(msg.sender);
        _;
    }
}
