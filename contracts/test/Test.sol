// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

/// @notice The part of forge's cheat codes that our tests use.
interface Vm {
    struct Log {
        bytes32[] topics;
        bytes data;
        address emitter;
    }

    function assume(bool condition) external pure;
    function deal(address account, uint256 balance) external;
    function envOr(string calldata name, bool otherwise) external view returns (bool);
    function etch(address target, bytes calldata code) external;
    function expectEmit(address emitter) external;
    function expectRevert(bytes calldata revertData) external;
    function expectPartialRevert(bytes4 selector) external;
    function getRecordedLogs() external returns (Log[] memory);
    function label(address account, string calldata name) external;
    function prank(address sender) external;
    function parseJsonBytes(string calldata json, string calldata key) external pure returns (bytes memory);
    function parseJsonKeys(string calldata json, string calldata key) external pure returns (string[] memory);
    function parseJsonString(string calldata json, string calldata key) external pure returns (string memory);
    function parseJsonStringArray(string calldata json, string calldata key) external pure returns (string[] memory);
    function readFile(string calldata path) external view returns (string memory);
    function recordLogs() external;
    function revertToState(uint256 id) external returns (bool);
    function sign(uint256 privateKey, bytes32 digest) external pure returns (uint8 v, bytes32 r, bytes32 s);
    function addr(uint256 privateKey) external pure returns (address);
    function snapshotGasLastCall(string calldata group, string calldata name) external returns (uint256);
    function snapshotState() external returns (uint256);
    function startPrank(address sender) external;
    function stopPrank() external;
    function store(address target, bytes32 slot, bytes32 value) external;
    function toString(uint256 value) external pure returns (string memory);
    function toString(address value) external pure returns (string memory);
    function toString(bytes32 value) external pure returns (string memory);
    function txGasPrice(uint256 price) external;
    function warp(uint256 timestamp) external;
}

/// @notice Assertions that say what they saw.
abstract contract Test {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    /// @dev forge counts a failed invariant or fuzz case by the revert.
    error Unequal(string what, string got, string expected);
    error Untrue(string what);

    function assertEq(uint256 got, uint256 expected, string memory what) internal pure {
        if (got != expected) revert Unequal(what, vm.toString(got), vm.toString(expected));
    }

    function assertEq(address got, address expected, string memory what) internal pure {
        if (got != expected) revert Unequal(what, vm.toString(got), vm.toString(expected));
    }

    function assertEq(bytes32 got, bytes32 expected, string memory what) internal pure {
        if (got != expected) revert Unequal(what, vm.toString(got), vm.toString(expected));
    }

    function assertEq(string memory got, string memory expected, string memory what) internal pure {
        if (keccak256(bytes(got)) != keccak256(bytes(expected))) revert Unequal(what, got, expected);
    }

    function assertLe(uint256 got, uint256 limit, string memory what) internal pure {
        if (got > limit) revert Unequal(what, vm.toString(got), string.concat("at most ", vm.toString(limit)));
    }

    function assertTrue(bool truth, string memory what) internal pure {
        if (!truth) revert Untrue(what);
    }

    /// @return value moved into `low..high` (both included).
    function bound(uint256 value, uint256 low, uint256 high) internal pure returns (uint256) {
        return low + value % (high - low + 1);
    }
}
