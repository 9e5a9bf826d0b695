// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

import {IDealDesk} from "./IDealDesk.sol";
import {IEligibility} from "./IEligibility.sol";
import {IEscrowDesk} from "./IEscrowDesk.sol";
import {IPoolDesk} from "./IPoolDesk.sol";

/// @title ITenantFactory
/// @notice One tenant's factory on one chain. It makes and knows the tenant's tokens, sales, escrows, pools and distributions, and holds no money.
/// Roles: ADMIN grants roles; OPERATOR (the platform's hot key) sets up deals and decides escrows; AGENT freezes, forces and
/// recovers tokens.
interface ITenantFactory is IEligibility, IDealDesk, IEscrowDesk, IPoolDesk {
    error TenantFactory_NotTheService(address caller);

    /// @notice Grants the first roles.
    /// @dev Requirements: the caller is the service, which calls once, in the transaction that makes the factory.
    function initialize(address admin, address operator) external;
}
