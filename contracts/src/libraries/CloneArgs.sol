// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

/// @title CloneArgs
/// @notice Reads the immutable arguments that stand behind the 45 bytes of a minimal clone's code.
/// @dev Arguments are packed (`abi.encodePacked`) and read where they stand: 200 gas a byte at creation is the price of a
/// clone, so nothing is padded, and a read costs about 120 gas instead of decoding all of them.
library CloneArgs {
    uint256 private constant CLONE_CODE = 45;

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
