// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

/// @title DemoMoney
/// @notice Play money of the local chain: anyone may mint. It is never deployed to a public chain.
abstract contract DemoMoney is ERC20, ERC20Permit {
    /// @dev More than one call may hand out.
    error DemoMoney_TooMuchAtOnce(uint256 amount, uint256 limit);

    /// @notice The most that one call mints: ten million, in base units.
    uint256 public constant MINT_LIMIT = 10_000_000e6;

    constructor(string memory name_, string memory symbol_) ERC20(name_, symbol_) ERC20Permit(name_) {}

    /// @notice Gives `to` new play money.
    /// @dev Requirements: `amount` is at most `MINT_LIMIT`.
    function mint(address to, uint256 amount) external {
        if (amount > MINT_LIMIT) revert DemoMoney_TooMuchAtOnce(amount, MINT_LIMIT);
        _mint(to, amount);
    }

    /// @inheritdoc ERC20
    function decimals() public pure override returns (uint8) {
        return 6;
    }
}
