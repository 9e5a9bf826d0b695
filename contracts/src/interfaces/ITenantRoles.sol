// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

/// @title ITenantRoles
/// @notice Who may do what in a tenant's factory, and whose factory it is. Roles are granted and revoked by ADMIN as in
/// OpenZeppelin's AccessControl.
interface ITenantRoles {
    /// @return Whether `account` has `role`.
    function hasRole(bytes32 role, address account) external view returns (bool);

    /// @return The role that grants roles: zero, OpenZeppelin's default admin.
    function ADMIN_ROLE() external view returns (bytes32);

    /// @return The role of the platform's hot key.
    function OPERATOR_ROLE() external view returns (bytes32);

    /// @return The role of the transfer agent.
    function AGENT_ROLE() external view returns (bytes32);

    /// @return The platform's service on this chain.
    function service() external view returns (address);

    /// @return The tenant's UUID in the upper 16 bytes.
    function tenantId() external view returns (bytes32);
}
