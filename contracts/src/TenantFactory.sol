// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

import {ERC2771Context} from "@openzeppelin/contracts/metatx/ERC2771Context.sol";
import {Context} from "@openzeppelin/contracts/utils/Context.sol";
import {DealDesk} from "./abstracts/DealDesk.sol";
import {Eligibility} from "./abstracts/Eligibility.sol";
import {EscrowDesk} from "./abstracts/EscrowDesk.sol";
import {EscrowOpening} from "./abstracts/EscrowOpening.sol";
import {PoolDesk} from "./abstracts/PoolDesk.sol";
import {ITenantFactory} from "./interfaces/ITenantFactory.sol";

/// @title TenantFactory
/// @notice See {ITenantFactory}. People may sign their calls for the forwarder instead of sending them; between contracts the
/// caller is always the sender itself.
// slither-disable-next-line locked-ether (coin goes on into the escrow in the same call, or the call reverts)
contract TenantFactory is Eligibility, EscrowOpening, PoolDesk, ERC2771Context, ITenantFactory {
    constructor(
        address forwarder,
        address tokenImplementation,
        address saleImplementation,
        address escrowImplementation,
        address poolImplementation,
        address distributionImplementation
    )
        ERC2771Context(forwarder)
        DealDesk(tokenImplementation, saleImplementation)
        EscrowDesk(escrowImplementation)
        PoolDesk(poolImplementation, distributionImplementation)
    {}

    /// @inheritdoc ITenantFactory
    function initialize(address admin, address operator) external override {
        if (msg.sender != service()) revert TenantFactory_NotTheService(msg.sender);
        _grantRole(ADMIN_ROLE, admin);
        _grantRole(AGENT_ROLE, admin);
        _grantRole(OPERATOR_ROLE, operator);
    }

    function _msgSender() internal view override(Context, ERC2771Context) returns (address) {
        return ERC2771Context._msgSender();
    }

    function _msgData() internal view override(Context, ERC2771Context) returns (bytes calldata) {
        return ERC2771Context._msgData();
    }

    function _contextSuffixLength() internal view override(Context, ERC2771Context) returns (uint256) {
        return ERC2771Context._contextSuffixLength();
    }
}
