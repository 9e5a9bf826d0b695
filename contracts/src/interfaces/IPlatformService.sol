// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

/// @title IPlatformService
/// @notice The platform's one contract on a chain: makes each tenant's factory, sets the fee, names the treasury, and can
/// stop money from coming in. It never holds money and has no power over money that is already in.
interface IPlatformService {
    /// @notice Tenant `tenantId` has a factory.
    event TenantCreated(bytes32 indexed tenantId, address indexed factory, address admin, address operator);
    /// @notice The fee of sales made from now on, in hundredths of a per cent.
    event FeeChanged(uint16 feeBps);
    /// @notice The fee of one tenant's sales made from now on; `own` is false when the common fee applies again.
    event TenantFeeChanged(bytes32 indexed tenantId, bool own, uint16 feeBps);
    /// @notice Fees are paid to `treasury` from now on.
    event TreasuryChanged(address indexed treasury);

    error PlatformService_FeeAboveCeiling(uint16 feeBps, uint16 ceiling);
    error PlatformService_NoTreasury();
    error PlatformService_NoTenant();
    error PlatformService_NoAdmin();
    error PlatformService_NoOperator();
    error PlatformService_TenantExists(bytes32 tenantId, address factory);
    error PlatformService_OwnerMustStay();

    /// @notice Makes the factory of a tenant, at the address `factoryAddress` foretold.
    /// @dev Requirements: the caller is the owner; `tenantId`, `admin` and `operator` are not zero; the tenant has none yet.
    /// Emits {TenantCreated}.
    /// @param tenantId The tenant's UUID in the upper 16 bytes.
    /// @param admin Holds the tenant's ADMIN and AGENT roles.
    /// @param operator The platform's hot key for this tenant, holds OPERATOR.
    function createTenant(bytes32 tenantId, address admin, address operator) external returns (address factory);

    /// @notice Sets the common fee of future sales.
    /// @dev Requirements: the caller is the owner; `feeBps` is at most `FEE_CEILING`. Emits {FeeChanged}.
    function setFee(uint16 feeBps) external;

    /// @notice Gives a tenant a fee of its own for future sales, or takes it away (`own` false).
    /// @dev Requirements: the caller is the owner; `feeBps` is at most `FEE_CEILING`. Emits {TenantFeeChanged}.
    function setTenantFee(bytes32 tenantId, bool own, uint16 feeBps) external;

    /// @notice Names the receiver of fees.
    /// @dev Requirements: the caller is the owner; not the zero address. Emits {TreasuryChanged}.
    function setTreasury(address treasury) external;

    /// @notice Stops new escrows and releases on this chain. Refunds are never stopped.
    /// @dev Requirements: the caller is the owner; not paused.
    function pause() external;

    /// @notice Lets money in again.
    /// @dev Requirements: the caller is the owner; paused.
    function unpause() external;

    /// @return Whether money is stopped from coming in.
    function paused() external view returns (bool);

    /// @return The highest fee that can ever be set, in hundredths of a per cent.
    function FEE_CEILING() external view returns (uint16);

    /// @return The common fee in hundredths of a per cent.
    function feeBps() external view returns (uint16);

    /// @return The fee of a tenant's next sale, in hundredths of a per cent.
    function feeOf(bytes32 tenantId) external view returns (uint16);

    /// @return The receiver of fees.
    function treasury() external view returns (address);

    /// @return The factory of a tenant, or the zero address.
    function factoryOf(bytes32 tenantId) external view returns (address);

    /// @return Where the factory of a tenant is or will be.
    function factoryAddress(bytes32 tenantId) external view returns (address);

    /// @return The implementation that new factories are clones of.
    function factoryImplementation() external view returns (address);
}
