// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

import {DealDesk} from "./abstracts/DealDesk.sol";
import {Eligibility} from "./abstracts/Eligibility.sol";
import {EscrowDesk} from "./abstracts/EscrowDesk.sol";
import {TenantRoles} from "./abstracts/TenantRoles.sol";
import {ITenantFactory} from "./interfaces/ITenantFactory.sol";

/// @title TenantFactory
/// @notice See {ITenantFactory}.
contract TenantFactory is Eligibility, EscrowDesk, ITenantFactory {
    constructor(address tokenImplementation, address saleImplementation, address escrowImplementation)
        DealDesk(tokenImplementation, saleImplementation)
        EscrowDesk(escrowImplementation)
    {}

    /// @inheritdoc ITenantFactory
    function initialize(address admin, address operator) external override {
        if (msg.sender != service()) revert TenantFactory_NotTheService(msg.sender);
        _grantRole(ADMIN_ROLE, admin);
        _grantRole(AGENT_ROLE, admin);
        _grantRole(OPERATOR_ROLE, operator);
    }
}
