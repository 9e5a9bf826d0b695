// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

import {World} from "./World.sol";

/// @notice The same world made from contracts/artifacts: the very code that is deployed.
abstract contract Shipped is World {
    function _create(string memory name, bytes memory, bytes memory arguments) internal override returns (address) {
        return _createFrom(bytes.concat(shippedCode(name), arguments));
    }

    /// @return The creation code of a contract's artifact.
    function shippedCode(string memory name) internal view returns (bytes memory) {
        return vm.parseJsonBytes(vm.readFile(string.concat("artifacts/", name, ".json")), ".bytecode");
    }
}
