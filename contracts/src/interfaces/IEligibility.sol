// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

/// @title IEligibility
/// @notice The part of a tenant's factory that knows who may hold its tokens: an identity registry in the sense of
/// ERC-3643, kept by the operator.
interface IEligibility {
    enum Standing {
        Unknown,
        Eligible,
        Barred
    }

    /// @param standing Unknown addresses may hold only what they bought themselves; barred ones may receive nothing.
    /// @param country ISO 3166-1 numeric, 0 when not said.
    /// @param investorClass The tenant's own number of the class, 0 when not said.
    /// @param validUntil Last second of eligibility, 0 for no end.
    struct Identity {
        Standing standing;
        uint16 country;
        uint8 investorClass;
        uint40 validUntil;
    }

    /// @notice What is known of `account` from now on.
    event IdentityChanged(address indexed account, Standing standing, uint16 country, uint8 investorClass, uint40 validUntil);

    error Eligibility_NoAccount();

    /// @notice Says whether `account` may receive the tenant's tokens; country and class stay as they are.
    /// @dev Requirements: the caller is an OPERATOR; not the zero address. Emits {IdentityChanged}.
    function setEligible(address account, bool eligible) external;

    /// @notice Says all that transfer rules ask about `account`.
    /// @dev Requirements: the caller is an OPERATOR; not the zero address. Emits {IdentityChanged}.
    function setIdentity(address account, Identity calldata identity) external;

    /// @return What is known of `account`; an eligibility that has ended reads as Unknown.
    function identityOf(address account) external view returns (Identity memory);

    /// @return Whether `account` is eligible now.
    function isVerified(address account) external view returns (bool);
}
