// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

/// @dev Where a copy of a clone's arguments lies in memory.
type Args is uint256;

using CloneArgs for Args global;

/// @title CloneArgs
/// @notice Reads the immutable arguments that stand behind the 45 bytes of a minimal clone's code.
/// @dev Arguments are packed (`abi.encodePacked`) and read where they stand: 200 gas a byte at creation is the price of a
/// clone, so nothing is padded. One is read alone for about 120 gas, all of them for little more by `load`, which works for
/// other contracts' clones too, at half of what asking them would cost.
library CloneArgs {
    uint256 private constant CLONE_CODE = 45;

    /// @return args A copy of the first `size` bytes of the arguments of `clone`, zeros where it has fewer.
    function load(address clone, uint256 size) internal view returns (Args args) {
        assembly ("memory-safe") {
            args := mload(0x40)
            extcodecopy(clone, args, CLONE_CODE, size)
            mstore(0x40, and(add(add(args, size), 0x1f), not(0x1f)))
        }
    }

    /// @return value The 20 bytes at `offset` of the copy as an address.
    function addressIn(Args args, uint256 offset) internal pure returns (address value) {
        assembly ("memory-safe") {
            value := shr(96, mload(add(args, offset)))
        }
    }

    /// @return value The `size` bytes at `offset` of the copy as a number, big-endian.
    function uintIn(Args args, uint256 offset, uint256 size) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := mload(add(args, offset))
        }
        return value >> (256 - 8 * size);
    }

    /// @return value The 32 bytes at `offset`.
    function bytes32At(uint256 offset) internal view returns (bytes32 value) {
        assembly ("memory-safe") {
            extcodecopy(address(), 0x00, add(CLONE_CODE, offset), 0x20)
            value := mload(0x00)
        }
    }

    /// @return The 20 bytes at `offset` as an address.
    function addressAt(uint256 offset) internal view returns (address) {
        return address(bytes20(bytes32At(offset)));
    }

    /// @return The `size` bytes at `offset` as a number, big-endian.
    function uintAt(uint256 offset, uint256 size) internal view returns (uint256) {
        return uint256(bytes32At(offset)) >> (256 - 8 * size);
    }
}
