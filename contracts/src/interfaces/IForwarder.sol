// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

import {ERC2771Forwarder} from "@openzeppelin/contracts/metatx/ERC2771Forwarder.sol";

/// @title IForwarder
/// @notice Carries calls that people signed to tenants' factories (ERC-2771), and keeps count of the gas the platform's relayer
/// spends on it, tenant by tenant. Anybody may also carry a signed call at their own cost by `execute`.
interface IForwarder {
    /// @notice The platform's relayers spend up to `budget` of native coin on calls to `factory`, from now on.
    event BudgetSet(address indexed factory, uint256 budget);
    /// @notice `account` may spend budgets, or no longer.
    event RelayerSet(address indexed account, bool allowed);
    /// @notice A call to `factory` was carried at the tenant's expense.
    event Sponsored(address indexed factory, address indexed signer, uint256 spent, uint256 left);

    error Forwarder_NotARelayer(address caller);
    error Forwarder_BudgetSpent(address factory, uint256 needed, uint256 left);

    /// @notice Sets what may still be spent on calls to a factory.
    /// @dev Requirements: the caller is the owner. Emits {BudgetSet}.
    /// @param budget Base units of the native coin.
    function setBudget(address factory, uint256 budget) external;

    /// @notice Lets an account spend budgets, or no longer.
    /// @dev Requirements: the caller is the owner. Emits {RelayerSet}.
    function setRelayer(address account, bool allowed) external;

    /// @notice Carries a signed call and takes its cost off the tenant's budget.
    /// @dev Requirements: the caller is a relayer; the budget covers the gas the request allows at this gas price; the request is
    /// rightly signed and not expired; the call succeeds. Emits {Sponsored}.
    function sponsor(ERC2771Forwarder.ForwardRequestData calldata request) external payable;

    /// @return What may still be spent on calls to a factory, in base units of the native coin.
    function budgetOf(address factory) external view returns (uint256);

    /// @return Whether the account may spend budgets.
    function isRelayer(address account) external view returns (bool);
}
