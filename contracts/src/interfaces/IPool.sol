// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

/// @title IPool
/// @notice Contributions of many toward one ticket. A full pool opens one escrow as its payer; whatever comes of it (tokens,
/// refunds, income) is shared in rounds, exactly in proportion to what each member put in. A pool that is not invested in
/// time, or called off, gives each member exactly the contribution back.
/// @dev Shares: contributions lie end to end on a line as long as the target; of a round's `total` the stretch `start … end`
/// gets ⌊total × end / target⌋ − ⌊total × start / target⌋. That is within one base unit of the exact part, the shares add up to
/// the total, and each can be claimed alone, whoever claims first (a largest-remainder division would need all members
/// at once).
interface IPool {
    enum Status {
        Filling,
        Full,
        Invested,
        Failed
    }

    /// @param member Whose contribution it is.
    /// @param start Where it begins on the line.
    /// @param amount Its length, base units.
    /// @param withdrawn Whether it went back after a failure.
    struct Position {
        address member;
        uint96 start;
        uint96 amount;
        bool withdrawn;
    }

    /// @param asset What is shared; the zero address is the native coin.
    /// @param total Base units shared.
    struct Round {
        address asset;
        uint96 total;
    }

    event Contributed(uint256 indexed position, address indexed member, uint256 amount);
    event Invested(bytes32 indexed investmentId, address escrow);
    event Cancelled(address indexed by);
    event Withdrawn(uint256 indexed position, address indexed member, uint256 amount);
    event RoundOpened(uint256 indexed round, address indexed asset, uint256 total);
    event Claimed(uint256 indexed round, uint256 indexed position, address indexed member, uint256 amount);

    error Pool_WrongStatus(Status status);
    error Pool_Paused();
    error Pool_TooLittle(uint256 amount, uint256 minContribution);
    error Pool_TooMuch(uint256 amount, uint256 left);
    error Pool_WrongValue(uint256 sent, uint256 expected);
    error Pool_AmountNotReceived(uint256 received, uint256 expected);
    error Pool_NotAllowed(address caller);
    error Pool_AlreadyPaid(uint256 position);
    error Pool_NothingToShare(address asset);

    /// @notice Adds the caller's money; several contributions are several positions.
    /// @dev Requirements: filling; the platform is not paused; at least the minimum, or all that is left; ERC-20 is approved and
    /// received in full, native coin is sent exactly. Emits {Contributed}.
    function contribute(uint256 amount) external payable returns (uint256 position);

    /// @notice Opens the pool's escrow with everything.
    /// @dev Requirements: the caller is an OPERATOR; full; those of {IEscrowDesk-openEscrow}. Emits {Invested}.
    /// @param pass See {ITokenSale-admit}; empty where no gate is set.
    function invest(bytes32 investmentId, bytes calldata pass) external;

    /// @notice Calls the pool off.
    /// @dev Requirements: the caller is an OPERATOR or ADMIN; not invested or failed. Emits {Cancelled}.
    function cancel() external;

    /// @notice Sends a contribution back to its member. Anyone may call; works when paused.
    /// @dev Requirements: failed; not withdrawn. Emits {Withdrawn}.
    function withdraw(uint256 position) external;

    /// @notice Takes the money out of the pool's escrow when its clock allows the payer to. Anyone may call.
    /// @dev Requirements: those of {IEscrow-refund} for the payer.
    function leaveEscrow() external;

    /// @notice Shares out whatever of `asset` has come in since the last round. Anyone may call.
    /// @dev Requirements: invested; there is something. Emits {RoundOpened}.
    function openRound(address asset) external returns (uint256 round);

    /// @notice Pays a position its shares of some rounds. Anyone may call; the money goes to the member.
    /// @dev Requirements: none of them is paid yet; a deal's token may go to the member. Emits {Claimed} for each.
    function claim(uint256[] calldata rounds_, uint256 position) external;

    /// @return What a position gets of a round, in base units, paid or not.
    function shareOf(uint256 round, uint256 position) external view returns (uint256);

    /// @return See {Status}; a pool that is not invested when it closes has failed.
    function status() external view returns (Status);

    /// @return How much was contributed, in base units.
    function contributed() external view returns (uint256);

    /// @return A position by its number, counted from 0.
    function positionOf(uint256 position) external view returns (Position memory);

    /// @return A round by its number, counted from 0.
    function roundOf(uint256 round) external view returns (Round memory);

    /// @return Whether a position was paid its share of a round.
    function claimed(uint256 round, uint256 position) external view returns (bool);

    /// @return The pool's escrow, or the zero address.
    function escrow() external view returns (address);

    function factory() external view returns (address);
    function sale() external view returns (address);
    function asset() external view returns (address);
    function target() external view returns (uint256);
    function minContribution() external view returns (uint256);
    function closesAt() external view returns (uint64);
}
