// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

/// @title DemoEuro
/// @notice Play money of the local chain: anyone may mint. It is never deployed to a public chain.
contract DemoEuro is ERC20, ERC20Permit {
    /// @dev More than one call may hand out.
    error DemoEuro_TooMuchAtOnce(uint256 amount, uint256 limit);

    /// @notice The most that one call mints: ten million, in base units.
    uint256 public constant MINT_LIMIT = 10_000_000e6;

    constructor() ERC20("Demo Euro", "dEUR") ERC20Permit("Demo Euro") {}

    /// @notice Gives `to` new play money.
    /// @dev Requirements: `amount` is at most `MINT_LIMIT`.
    function mint(address to, uint256 amount) external {
        if (amount > MINT_LIMIT) revert DemoEuro_TooMuchAtOnce(amount, MINT_LIMIT);
        _mint(to, amount);
    }

    /// @inheritdoc ERC20
    function decimals() public pure override returns (uint8) {
        return 6;
    }
}
