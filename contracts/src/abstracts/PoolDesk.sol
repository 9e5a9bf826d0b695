// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IPoolDesk} from "../interfaces/IPoolDesk.sol";
import {DealDesk} from "./DealDesk.sol";

/// @title PoolDesk
/// @notice See {IPoolDesk}.
abstract contract PoolDesk is DealDesk, IPoolDesk {
    using SafeCast for uint256;

    address private immutable _poolImplementation;
    address private immutable _distributionImplementation;
    /// @inheritdoc IPoolDesk
    mapping(bytes32 poolId => address) public override poolOf;
    /// @inheritdoc IPoolDesk
    mapping(bytes32 distributionId => address) public override distributionOf;

    constructor(address poolImplementation, address distributionImplementation) {
        _poolImplementation = poolImplementation;
        _distributionImplementation = distributionImplementation;
    }

    /// @inheritdoc IPoolDesk
    function createPool(bytes32 poolId, bytes32 dealId, uint256 target, uint256 minContribution, uint64 closesAt)
        external
        override
        onlyRole(OPERATOR_ROLE)
        returns (address pool)
    {
        // Check
        _checkNew(poolId, poolOf[poolId]);
        (address sale,) = _saleOf(dealId);
        if (sale == address(0)) revert PoolDesk_NoSale(dealId);
        if (minContribution == 0 || minContribution > target) revert PoolDesk_WrongAmounts(target, minContribution);
        if (closesAt <= block.timestamp) revert PoolDesk_WrongTime(closesAt);

        // Effect
        bytes memory args = abi.encodePacked(sale, target.toUint96(), minContribution.toUint96(), closesAt);
        pool = Clones.cloneDeterministicWithImmutableArgs(_poolImplementation, args, poolId);
        poolOf[poolId] = pool;
        emit PoolCreated(poolId, dealId, pool, target, closesAt);
    }

    /// @inheritdoc IPoolDesk
    function createDistribution(
        bytes32 distributionId,
        address asset,
        bytes32 root,
        uint256 total,
        uint64 reclaimAt
    ) external override onlyRole(OPERATOR_ROLE) returns (address distribution) {
        // Check
        _checkNew(distributionId, distributionOf[distributionId]);
        if (total == 0) revert PoolDesk_WrongAmounts(0, 0);
        if (reclaimAt <= block.timestamp) revert PoolDesk_WrongTime(reclaimAt);

        // Effect
        bytes memory args = abi.encodePacked(asset, root, total.toUint96(), reclaimAt);
        distribution = Clones.cloneDeterministicWithImmutableArgs(_distributionImplementation, args, distributionId);
        distributionOf[distributionId] = distribution;
        emit DistributionCreated(distributionId, distribution, asset, root, total);
    }

    function _checkNew(bytes32 id, address made) private pure {
        if (id == 0) revert PoolDesk_NoId();
        if (made != address(0)) revert PoolDesk_Exists(id, made);
    }
}
