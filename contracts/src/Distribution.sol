// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {BitMaps} from "@openzeppelin/contracts/utils/structs/BitMaps.sol";
import {IDistribution} from "./interfaces/IDistribution.sol";
import {Assets} from "./libraries/Assets.sol";
import {CloneArgs} from "./libraries/CloneArgs.sol";

/// @title Distribution
/// @notice See {IDistribution}. Arguments: asset (20), root (32), total (12), reclaim date (8).
contract Distribution is IDistribution, ReentrancyGuardTransient {
    using BitMaps for BitMaps.BitMap;
    using SafeERC20 for IERC20;

    /// @inheritdoc IDistribution
    address public override funder;
    uint96 private _left;
    BitMaps.BitMap private _paid;

    /// @inheritdoc IDistribution
    function fund() external payable override nonReentrant {
        // Check
        if (funder != address(0)) revert Distribution_AlreadyFunded();
        (address asset_, uint256 total_) = (asset(), total());
        uint256 coin = asset_ == Assets.NATIVE ? total_ : 0;
        if (msg.value != coin) revert Distribution_WrongValue(msg.value, coin);

        // Effect
        (funder, _left) = (msg.sender, uint96(total_));
        emit Funded(msg.sender, total_);

        // Interaction
        if (asset_ == Assets.NATIVE) return;
        uint256 before = IERC20(asset_).balanceOf(address(this));
        IERC20(asset_).safeTransferFrom(msg.sender, address(this), total_);
        uint256 received = IERC20(asset_).balanceOf(address(this)) - before;
        if (received != total_) revert Distribution_AmountNotReceived(received, total_);
    }

    /// @inheritdoc IDistribution
    function claim(uint256 index, address account, uint256 amount, bytes32[] calldata proof)
        external
        override
        nonReentrant
    {
        // Check
        if (funder == address(0)) revert Distribution_NotFunded();
        if (_paid.get(index)) revert Distribution_AlreadyPaid(index);
        bytes32 leaf = keccak256(bytes.concat(keccak256(abi.encode(index, account, amount))));
        if (!MerkleProof.verifyCalldata(proof, root(), leaf)) revert Distribution_NotInTheList(index, account, amount);
        if (amount > _left) revert Distribution_MoreThanTotal(amount, _left);

        // Effect
        _paid.set(index);
        _left -= uint96(amount);
        emit Paid(index, account, amount);

        // Interaction
        Assets.send(asset(), account, amount);
    }

    /// @inheritdoc IDistribution
    function reclaim() external override nonReentrant {
        // Check
        if (funder == address(0)) revert Distribution_NotFunded();
        if (block.timestamp < reclaimAt()) revert Distribution_TooEarly(reclaimAt());

        // Effect
        uint256 rest = _left;
        _left = 0;
        emit Reclaimed(funder, rest);

        // Interaction
        Assets.send(asset(), funder, rest);
    }

    /// @inheritdoc IDistribution
    function paid(uint256 index) external view override returns (bool) {
        return _paid.get(index);
    }

    /// @inheritdoc IDistribution
    function left() external view override returns (uint256) {
        return _left;
    }

    /// @inheritdoc IDistribution
    function asset() public view override returns (address) {
        return CloneArgs.addressAt(0);
    }

    /// @inheritdoc IDistribution
    function root() public view override returns (bytes32) {
        return CloneArgs.bytes32At(20);
    }

    /// @inheritdoc IDistribution
    function total() public view override returns (uint256) {
        return CloneArgs.uintAt(52, 12);
    }

    /// @inheritdoc IDistribution
    function reclaimAt() public view override returns (uint64) {
        return uint64(CloneArgs.uintAt(64, 8));
    }
}
