// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {IDealDesk} from "../interfaces/IDealDesk.sol";
import {IDealToken} from "../interfaces/IDealToken.sol";
import {SaleTerms} from "../libraries/SaleTerms.sol";
import {TenantRoles} from "./TenantRoles.sol";

/// @title DealDesk
/// @notice See {IDealDesk}.
abstract contract DealDesk is TenantRoles, IDealDesk {
    struct Deal {
        address sale;
        Stage stage;
        address token;
    }

    uint256 private constant MAX_NAME = 64;
    uint256 private constant MAX_SYMBOL = 16;
    uint8 private constant MAX_DECIMALS = 18;

    address private immutable _tokenImplementation;
    address private immutable _saleImplementation;
    mapping(bytes32 dealId => Deal) private _deals;

    modifier onlySaleOf(bytes32 dealId) {
        if (msg.sender != _deals[dealId].sale) revert DealDesk_NotTheSale(msg.sender);
        _;
    }

    constructor(address tokenImplementation, address saleImplementation) {
        _tokenImplementation = tokenImplementation;
        _saleImplementation = saleImplementation;
    }

    /// @inheritdoc IDealDesk
    function createToken(bytes32 dealId, string calldata name, string calldata symbol, uint8 decimals)
        external
        override
        onlyRole(OPERATOR_ROLE)
        returns (address)
    {
        return _createToken(dealId, name, symbol, decimals);
    }

    /// @inheritdoc IDealDesk
    function createSale(bytes32 dealId, SaleParams calldata params)
        external
        override
        onlyRole(OPERATOR_ROLE)
        returns (address)
    {
        return _createSale(dealId, params);
    }

    /// @inheritdoc IDealDesk
    function configureSale(bytes32 dealId) external override onlyRole(OPERATOR_ROLE) {
        _configureSale(dealId);
    }

    /// @inheritdoc IDealDesk
    function activateSale(bytes32 dealId) external override onlyRole(OPERATOR_ROLE) {
        _activateSale(dealId);
    }

    /// @inheritdoc IDealDesk
    function setUpDeal(
        bytes32 dealId,
        string calldata name,
        string calldata symbol,
        uint8 decimals,
        SaleParams calldata params
    ) external override onlyRole(OPERATOR_ROLE) returns (address token, address sale) {
        token = _createToken(dealId, name, symbol, decimals);
        SaleParams memory terms = params;
        terms.token = token;
        sale = _createSale(dealId, terms);
        // The token called in between is the one made above, and calls nobody.
        // slither-disable-next-line reentrancy-no-eth
        _configureSale(dealId);
        _activateSale(dealId);
    }

    /// @inheritdoc IDealDesk
    function saleFinalised(bytes32 dealId, uint256 proceeds, uint256 fee) external override onlySaleOf(dealId) {
        emit SaleFinalised(dealId, msg.sender, proceeds, fee);
    }

    /// @inheritdoc IDealDesk
    function salePaidOut(bytes32 dealId, address asset, uint256 proceeds, uint256 fee)
        external
        override
        onlySaleOf(dealId)
    {
        emit SalePaidOut(dealId, msg.sender, asset, proceeds, fee);
    }

    /// @inheritdoc IDealDesk
    function saleFailed(bytes32 dealId, bytes32 reason) external override onlySaleOf(dealId) {
        emit SaleFailed(dealId, msg.sender, reason);
    }

    /// @inheritdoc IDealDesk
    function purchaseReturned(bytes32 investmentId, bytes32 dealId, address holder, uint256 amount, uint256 tokens)
        external
        override
        onlySaleOf(dealId)
    {
        emit PurchaseReturned(investmentId, dealId, holder, amount, tokens);
    }

    /// @inheritdoc IDealDesk
    function dealOf(bytes32 dealId) external view override returns (address token, address sale, uint8 stage) {
        Deal memory deal = _deals[dealId];
        return (deal.token, deal.sale, uint8(deal.stage));
    }

    /// @return sale The deal's sale.
    /// @return active Whether escrows may be opened for it.
    function _saleOf(bytes32 dealId) internal view returns (address sale, bool active) {
        Deal storage deal = _deals[dealId];
        return (deal.sale, deal.stage == Stage.Active);
    }

    function _createToken(bytes32 dealId, string calldata name, string calldata symbol, uint8 decimals)
        private
        returns (address token)
    {
        // Check
        if (dealId == 0) revert DealDesk_NoDeal();
        if (bytes(name).length > MAX_NAME || bytes(symbol).length > MAX_SYMBOL) revert DealDesk_NameTooLong();
        if (decimals > MAX_DECIMALS) revert DealDesk_TooManyDecimals(decimals);

        // Effect
        Deal storage deal = _step(dealId, Stage.None);
        bytes memory lengths = abi.encodePacked(decimals, uint8(bytes(name).length), uint8(bytes(symbol).length));
        bytes memory args = bytes.concat(bytes20(address(this)), lengths, bytes(name), bytes(symbol));
        token = Clones.cloneDeterministicWithImmutableArgs(_tokenImplementation, args, dealId);
        deal.token = token;
        emit TokenCreated(dealId, token);
    }

    function _createSale(bytes32 dealId, SaleParams memory params) private returns (address sale) {
        // Check
        Deal storage deal = _step(dealId, Stage.Token);
        if (params.token != deal.token) revert DealDesk_WrongToken(params.token, deal.token);
        uint8 decimals = IERC20Metadata(params.token).decimals();
        SaleTerms.check(params, decimals);

        // Effect
        uint16 feeBps = _platform().feeOf(tenantId());
        bytes memory args = SaleTerms.pack(params, dealId, feeBps, decimals);
        sale = Clones.cloneDeterministicWithImmutableArgs(_saleImplementation, args, dealId);
        deal.sale = sale;
        emit SaleCreated(dealId, sale);
    }

    function _configureSale(bytes32 dealId) private {
        Deal storage deal = _step(dealId, Stage.Sale);
        emit SaleConfigured(dealId);
        IDealToken(deal.token).setSale(deal.sale);
    }

    function _activateSale(bytes32 dealId) private {
        _step(dealId, Stage.Configured);
        emit SaleActivated(dealId);
    }

    /// @dev Moves a deal from the stage it must be at to the next.
    function _step(bytes32 dealId, Stage from) private returns (Deal storage deal) {
        deal = _deals[dealId];
        if (deal.stage != from) revert DealDesk_WrongStage(dealId, deal.stage);
        deal.stage = Stage(uint8(from) + 1);
    }
}
