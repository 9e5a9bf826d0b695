// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

/// @title IDistribution
/// @notice One payment of income to the holders at a record date. Who gets how much was computed from the token's transfers
/// and is fixed as a Merkle root (OpenZeppelin's standard tree over `(uint256 index, address account, uint256 amount)`), so
/// anyone can check it; each holder's part can be claimed by anyone, and goes to the holder.
interface IDistribution {
    event Funded(address indexed funder, uint256 total);
    event Paid(uint256 indexed index, address indexed account, uint256 amount);
    event Reclaimed(address indexed funder, uint256 amount);

    error Distribution_AlreadyFunded();
    error Distribution_NotFunded();
    error Distribution_WrongValue(uint256 sent, uint256 expected);
    error Distribution_AmountNotReceived(uint256 received, uint256 expected);
    error Distribution_AlreadyPaid(uint256 index);
    error Distribution_NotInTheList(uint256 index, address account, uint256 amount);
    error Distribution_MoreThanTotal(uint256 amount, uint256 left);
    error Distribution_TooEarly(uint256 until);

    /// @notice Brings in the whole amount from the caller.
    /// @dev Requirements: not funded yet; ERC-20 is approved and received in full, native coin is sent exactly. Emits {Funded}.
    function fund() external payable;

    /// @notice Pays a holder. Anyone may call.
    /// @dev Requirements: funded; not paid yet; the proof fits; never more than the total in all. Emits {Paid}.
    function claim(uint256 index, address account, uint256 amount, bytes32[] calldata proof) external;

    /// @notice Sends what nobody claimed back to the funder. Anyone may call.
    /// @dev Requirements: funded; `reclaimAt` has come. Emits {Reclaimed}.
    function reclaim() external;

    /// @return Whether the holder with this index was paid.
    function paid(uint256 index) external view returns (bool);

    /// @return What is left to pay, in base units.
    function left() external view returns (uint256);

    /// @return Who brought the money, or the zero address.
    function funder() external view returns (address);

    function asset() external view returns (address);
    function root() external view returns (bytes32);
    function total() external view returns (uint256);
    function reclaimAt() external view returns (uint64);
}
