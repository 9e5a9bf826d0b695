// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IVesting} from "./interfaces/IVesting.sol";

/// @title Vesting
/// @notice See {IVesting}. One vault serves all tokens of a chain; nobody administers it.
contract Vesting is IVesting, ReentrancyGuardTransient {
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    Grant[] private _grants;

    /// @inheritdoc IVesting
    function grant(address token, address beneficiary, uint256 amount, uint40 start, uint40 cliff, uint40 end)
        external
        override
        nonReentrant
        returns (uint256 grantId)
    {
        // Check
        if (start > cliff || cliff > end || start == end) revert Vesting_WrongTimes(start, cliff, end);
        if (beneficiary == address(0)) revert Vesting_NoBeneficiary();
        if (amount == 0) revert Vesting_NoAmount();

        // Effect
        grantId = _grants.length;
        _grants.push(Grant(token, beneficiary, amount.toUint96(), 0, start, cliff, end));
        emit Granted(grantId, token, beneficiary, amount);

        // Interaction
        uint256 before = IERC20(token).balanceOf(address(this));
        IERC20(token).safeTransferFrom(msg.sender, address(this), amount);
        uint256 received = IERC20(token).balanceOf(address(this)) - before;
        if (received != amount) revert Vesting_AmountNotReceived(received, amount);
    }

    /// @inheritdoc IVesting
    function claim(uint256 grantId) external override nonReentrant {
        // Check
        uint256 amount = claimable(grantId);
        // slither-disable-next-line incorrect-equality (not a balance: nobody else can change it)
        if (amount == 0) revert Vesting_NothingYet(grantId);

        // Effect
        Grant storage it = _grants[grantId];
        it.claimed += uint96(amount);
        emit Claimed(grantId, it.beneficiary, amount);

        // Interaction
        IERC20(it.token).safeTransfer(it.beneficiary, amount);
    }

    /// @inheritdoc IVesting
    function claimable(uint256 grantId) public view override returns (uint256) {
        Grant memory it = _grants[grantId];
        if (block.timestamp < it.cliff) return 0;
        if (block.timestamp >= it.end) return it.amount - it.claimed;
        uint256 vested = uint256(it.amount) * (block.timestamp - it.start) / (it.end - it.start);
        return vested - it.claimed;
    }

    /// @inheritdoc IVesting
    function grantOf(uint256 grantId) external view override returns (Grant memory) {
        return _grants[grantId];
    }
}
