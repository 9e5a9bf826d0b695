// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

import {DemoMoney} from "./DemoMoney.sol";

/// @title DemoRiyal
/// @notice Demo Riyal, six decimals.
contract DemoRiyal is DemoMoney("Demo Riyal", "dSAR") {}
