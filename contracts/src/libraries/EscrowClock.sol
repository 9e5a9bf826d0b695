// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

/// @title EscrowClock
/// @notice The two terms of an escrow, in seconds of block time. Each deadline is the first second of what it allows.
library EscrowClock {
    /// @dev The operator's time to decide, before the payer may leave.
    uint64 internal constant DECISION = 14 days;
    /// @dev The life of an escrow: nothing is released at or after its end.
    uint64 internal constant LIFE = 30 days;

    /// @return The first second in which the payer may leave alone.
    function decideBy(uint64 openedAt) internal pure returns (uint64) {
        return openedAt + DECISION;
    }

    /// @return The first second in which nothing can be released any more.
    function expiresAt(uint64 openedAt) internal pure returns (uint64) {
        return openedAt + LIFE;
    }
}
