// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

/// @title Assets
/// @notice Money in one shape: an ERC-20 token, or the chain's native coin written as the zero address.
library Assets {
    using SafeERC20 for IERC20;

    /// @dev The receiver of native coin refused it.
    error Assets_CoinRefused(address to, uint256 amount);

    address internal constant NATIVE = address(0);

    /// @return The balance of `holder`, in base units of `asset`.
    function balanceOf(address asset, address holder) internal view returns (uint256) {
        return asset == NATIVE ? holder.balance : IERC20(asset).balanceOf(holder);
    }

    /// @dev Native coin is sent with all gas, because the receiver may be a contract wallet; what it returns is not copied,
    /// so it can't make the caller pay for memory. Callers change their state first.
    function send(address asset, address to, uint256 amount) internal {
        if (asset != NATIVE) {
            IERC20(asset).safeTransfer(to, amount);
            return;
        }
        bool sent;
        assembly ("memory-safe") {
            sent := call(gas(), to, amount, 0x00, 0x00, 0x00, 0x00)
        }
        if (!sent) revert Assets_CoinRefused(to, amount);
    }
}
