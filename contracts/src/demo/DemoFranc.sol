// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

import {DemoMoney} from "./DemoMoney.sol";

/// @title DemoFranc
/// @notice Demo Franc, six decimals.
contract DemoFranc is DemoMoney("Demo Franc", "dCHF") {}
