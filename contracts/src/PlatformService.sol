// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

import {Ownable, Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {IPlatformService} from "./interfaces/IPlatformService.sol";
import {ITenantFactory} from "./interfaces/ITenantFactory.sol";

/// @title PlatformService
/// @notice See {IPlatformService}. Roles: the owner alone, handed over in two steps and never given up.
contract PlatformService is IPlatformService, Ownable2Step, Pausable {
    struct TenantFee {
        bool own;
        uint16 feeBps;
    }

    /// @inheritdoc IPlatformService
    uint16 public constant override FEE_CEILING = 500;

    /// @inheritdoc IPlatformService
    address public immutable override factoryImplementation;

    /// @inheritdoc IPlatformService
    address public override treasury;
    /// @inheritdoc IPlatformService
    uint16 public override feeBps;
    /// @inheritdoc IPlatformService
    mapping(bytes32 tenantId => address) public override factoryOf;
    mapping(bytes32 tenantId => TenantFee) private _tenantFees;

    /// @param owner_ Owns the service from the start.
    /// @param treasury_ Receives the fees.
    /// @param factoryImplementation_ The deployed {TenantFactory} that tenants' factories are clones of.
    constructor(address owner_, address treasury_, address factoryImplementation_) Ownable(owner_) {
        factoryImplementation = factoryImplementation_;
        _setTreasury(treasury_);
    }

    /// @inheritdoc IPlatformService
    function createTenant(bytes32 tenantId, address admin, address operator)
        external
        override
        onlyOwner
        returns (address factory)
    {
        // Check
        if (tenantId == 0) revert PlatformService_NoTenant();
        if (admin == address(0)) revert PlatformService_NoAdmin();
        if (operator == address(0)) revert PlatformService_NoOperator();
        if (factoryOf[tenantId] != address(0)) revert PlatformService_TenantExists(tenantId, factoryOf[tenantId]);

        // Effect
        factory = Clones.cloneDeterministicWithImmutableArgs(factoryImplementation, _factoryArgs(tenantId), tenantId);
        factoryOf[tenantId] = factory;
        emit TenantCreated(tenantId, factory, admin, operator);

        // Interaction
        ITenantFactory(factory).initialize(admin, operator);
    }

    /// @inheritdoc IPlatformService
    function setFee(uint16 feeBps_) external override onlyOwner {
        _checkFee(feeBps_);
        feeBps = feeBps_;
        emit FeeChanged(feeBps_);
    }

    /// @inheritdoc IPlatformService
    function setTenantFee(bytes32 tenantId, bool own, uint16 feeBps_) external override onlyOwner {
        _checkFee(feeBps_);
        _tenantFees[tenantId] = TenantFee({own: own, feeBps: feeBps_});
        emit TenantFeeChanged(tenantId, own, feeBps_);
    }

    /// @inheritdoc IPlatformService
    function setTreasury(address treasury_) external override onlyOwner {
        _setTreasury(treasury_);
    }

    /// @inheritdoc IPlatformService
    function pause() external override onlyOwner {
        _pause();
    }

    /// @inheritdoc IPlatformService
    function unpause() external override onlyOwner {
        _unpause();
    }

    /// @inheritdoc IPlatformService
    function feeOf(bytes32 tenantId) external view override returns (uint16) {
        TenantFee memory fee = _tenantFees[tenantId];
        return fee.own ? fee.feeBps : feeBps;
    }

    /// @inheritdoc IPlatformService
    function factoryAddress(bytes32 tenantId) external view override returns (address) {
        return Clones.predictDeterministicAddressWithImmutableArgs(
            factoryImplementation, _factoryArgs(tenantId), tenantId
        );
    }

    /// @inheritdoc IPlatformService
    function paused() public view override(IPlatformService, Pausable) returns (bool) {
        return super.paused();
    }

    /// @notice Refuses: without an owner nobody could ever lift a pause.
    function renounceOwnership() public view override onlyOwner {
        revert PlatformService_OwnerMustStay();
    }

    function _setTreasury(address treasury_) private {
        if (treasury_ == address(0)) revert PlatformService_NoTreasury();
        treasury = treasury_;
        emit TreasuryChanged(treasury_);
    }

    function _factoryArgs(bytes32 tenantId) private view returns (bytes memory) {
        return abi.encodePacked(address(this), tenantId);
    }

    function _checkFee(uint16 feeBps_) private pure {
        if (feeBps_ > FEE_CEILING) revert PlatformService_FeeAboveCeiling(feeBps_, FEE_CEILING);
    }
}
