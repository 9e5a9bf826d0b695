// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

import {DemoMoney} from "./DemoMoney.sol";

/// @title DemoEuro
/// @notice Demo Euro, six decimals.
contract DemoEuro is DemoMoney("Demo Euro", "dEUR") {}
