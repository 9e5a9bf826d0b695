// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

import {IEligibility} from "../interfaces/IEligibility.sol";
import {TenantRoles} from "./TenantRoles.sol";

/// @title Eligibility
/// @notice See {IEligibility}.
abstract contract Eligibility is TenantRoles, IEligibility {
    mapping(address account => Identity) private _identities;

    /// @inheritdoc IEligibility
    function setEligible(address account, bool eligible) external override onlyRole(OPERATOR_ROLE) {
        Identity memory identity = _identities[account];
        identity.standing = eligible ? Standing.Eligible : Standing.Barred;
        identity.validUntil = 0;
        _setIdentity(account, identity);
    }

    /// @inheritdoc IEligibility
    function setIdentity(address account, Identity calldata identity) external override onlyRole(OPERATOR_ROLE) {
        _setIdentity(account, identity);
    }

    /// @inheritdoc IEligibility
    function identityOf(address account) public view override returns (Identity memory identity) {
        identity = _identities[account];
        bool ended = identity.validUntil != 0 && block.timestamp > identity.validUntil;
        if (ended && identity.standing == Standing.Eligible) identity.standing = Standing.Unknown;
    }

    /// @inheritdoc IEligibility
    function isVerified(address account) external view override returns (bool) {
        return identityOf(account).standing == Standing.Eligible;
    }

    function _setIdentity(address account, Identity memory identity) private {
        if (account == address(0)) revert Eligibility_NoAccount();
        _identities[account] = identity;
        emit IdentityChanged(
            account, identity.standing, identity.country, identity.investorClass, identity.validUntil
        );
    }
}
