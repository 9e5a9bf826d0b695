// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {IPlatformService} from "../interfaces/IPlatformService.sol";
import {ITenantRoles} from "../interfaces/ITenantRoles.sol";
import {CloneArgs} from "../libraries/CloneArgs.sol";

/// @title TenantRoles
/// @notice See {ITenantRoles}. Arguments: service (20), tenant id (32).
abstract contract TenantRoles is ITenantRoles, AccessControl {
    /// @inheritdoc ITenantRoles
    bytes32 public constant override ADMIN_ROLE = DEFAULT_ADMIN_ROLE;
    /// @inheritdoc ITenantRoles
    bytes32 public constant override OPERATOR_ROLE = keccak256("OPERATOR");
    /// @inheritdoc ITenantRoles
    bytes32 public constant override AGENT_ROLE = keccak256("AGENT");

    /// @inheritdoc ITenantRoles
    function hasRole(bytes32 role, address account)
        public
        view
        override(ITenantRoles, AccessControl)
        returns (bool)
    {
        return super.hasRole(role, account);
    }

    /// @inheritdoc ITenantRoles
    function service() public view override returns (address) {
        return CloneArgs.addressAt(0);
    }

    /// @inheritdoc ITenantRoles
    function tenantId() public view override returns (bytes32) {
        return CloneArgs.bytes32At(20);
    }

    function _platform() internal view returns (IPlatformService) {
        return IPlatformService(service());
    }
}
