// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

/// @title IPoolDesk
/// @notice The part of a tenant's factory that makes pools and distributions, each at an address bound to tenant and id.
interface IPoolDesk {
    /// @notice A pool gathers money for a deal; the pool's own events tell the rest.
    event PoolCreated(bytes32 indexed poolId, bytes32 indexed dealId, address pool, uint256 target, uint64 closesAt);
    /// @notice A distribution waits for its money; its own events tell the rest.
    event DistributionCreated(
        bytes32 indexed distributionId, address distribution, address asset, bytes32 root, uint256 total
    );

    error PoolDesk_NoId();
    error PoolDesk_Exists(bytes32 id, address made);
    error PoolDesk_NoSale(bytes32 dealId);
    error PoolDesk_WrongAmounts(uint256 target, uint256 minContribution);
    error PoolDesk_WrongTime(uint64 time);

    /// @notice Makes a pool for a deal's sale.
    /// @dev Requirements: the caller is an OPERATOR; `poolId` is new and not zero; the deal has a sale; 0 < minimum ≤ target;
    /// closing is to come. Emits {PoolCreated}.
    /// @param target What the pool invests, in base units of the sale's asset.
    /// @param closesAt First second in which the pool has failed unless it is invested.
    function createPool(bytes32 poolId, bytes32 dealId, uint256 target, uint256 minContribution, uint64 closesAt)
        external
        returns (address pool);

    /// @notice Makes a distribution.
    /// @dev Requirements: the caller is an OPERATOR; `distributionId` is new and not zero; the total is not zero; the reclaim
    /// date is to come. Emits {DistributionCreated}.
    /// @param root See {IDistribution}.
    /// @param reclaimAt First second in which the funder may have back what nobody claimed.
    function createDistribution(
        bytes32 distributionId,
        address asset,
        bytes32 root,
        uint256 total,
        uint64 reclaimAt
    ) external returns (address distribution);

    /// @return The pool with this id, or the zero address.
    function poolOf(bytes32 poolId) external view returns (address);

    /// @return The distribution with this id, or the zero address.
    function distributionOf(bytes32 distributionId) external view returns (address);
}
