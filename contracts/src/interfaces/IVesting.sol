// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

/// @title IVesting
/// @notice Keeps tokens for someone who gets them over time: nothing before the cliff, then in proportion to the time since the
/// start, all at the end. A grant can't be taken back. (For a deal's token the vault must be eligible to receive.)
interface IVesting {
    /// @param token What is granted.
    /// @param beneficiary Who gets it.
    /// @param amount All of it, in base units.
    /// @param claimed What was paid already.
    /// @param start When time begins to count.
    /// @param cliff Before it nothing is paid.
    /// @param end From it on all is.
    struct Grant {
        address token;
        address beneficiary;
        uint96 amount;
        uint96 claimed;
        uint40 start;
        uint40 cliff;
        uint40 end;
    }

    event Granted(uint256 indexed grantId, address indexed token, address indexed beneficiary, uint256 amount);
    event Claimed(uint256 indexed grantId, address indexed beneficiary, uint256 amount);

    error Vesting_WrongTimes(uint40 start, uint40 cliff, uint40 end);
    error Vesting_NoBeneficiary();
    error Vesting_NoAmount();
    error Vesting_AmountNotReceived(uint256 received, uint256 expected);
    error Vesting_NothingYet(uint256 grantId);

    /// @notice Grants the caller's tokens to someone.
    /// @dev Requirements: start ≤ cliff ≤ end, start < end; an amount and a beneficiary; approved and received in full.
    /// Emits {Granted}.
    function grant(address token, address beneficiary, uint256 amount, uint40 start, uint40 cliff, uint40 end)
        external
        returns (uint256 grantId);

    /// @notice Pays the beneficiary what has vested. Anyone may call.
    /// @dev Requirements: there is something. Emits {Claimed}.
    function claim(uint256 grantId) external;

    /// @return What has vested and was not claimed yet, in base units.
    function claimable(uint256 grantId) external view returns (uint256);

    /// @return A grant by its number, counted from 0.
    function grantOf(uint256 grantId) external view returns (Grant memory);
}
