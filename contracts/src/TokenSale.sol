// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

import {SaleAssets} from "./abstracts/SaleAssets.sol";
import {IDealToken} from "./interfaces/IDealToken.sol";
import {IEscrow} from "./interfaces/IEscrow.sol";
import {IPlatformService} from "./interfaces/IPlatformService.sol";
import {ITenantFactory} from "./interfaces/ITenantFactory.sol";
import {ITenantRoles} from "./interfaces/ITenantRoles.sol";
import {ITokenSale} from "./interfaces/ITokenSale.sol";
import {Assets} from "./libraries/Assets.sol";
import {Args} from "./libraries/CloneArgs.sol";
import {EscrowClock} from "./libraries/EscrowClock.sol";
import {SaleTerms} from "./libraries/SaleTerms.sol";

/// @title TokenSale
/// @notice See {ITokenSale}. The terms are in its code, the course of the sale in one storage slot.
contract TokenSale is SaleAssets {
    using SaleTerms for Args;

    enum Outcome {
        Undecided,
        Finalised,
        Failed
    }

    struct Course {
        uint96 raised;
        uint96 sold;
        Outcome outcome;
        bool paused;
        uint32 buyers;
        uint8 gate;
    }

    Course private _course;
    /// @inheritdoc ITokenSale
    mapping(bytes32 investmentId => bool) public override returned;

    /// @dev Escrows pay native coin without data.
    receive() external payable {
        if (asset() != Assets.NATIVE && raisedIn[Assets.NATIVE] == 0) revert TokenSale_CoinNotAccepted();
    }

    /// @inheritdoc ITokenSale
    function recordPurchase(address payer, uint256 amount)
        external
        override
        returns (uint256 tokens, uint256 fee)
    {
        Args terms = _termsForFactory();
        Course memory course = _course;
        // The fee is taken from the running sum, so that the parts add up to the fee of the whole.
        uint256 before = _raisedHere(course);
        fee = _feeOn(terms, before + amount) - _feeOn(terms, before);
        tokens = _book(terms, course, payer, amount);
    }

    /// @inheritdoc ITokenSale
    function recordPurchaseIn(address payer, address asset_, uint256 amount, uint256 value)
        external
        override
        returns (uint256 tokens, uint256 fee)
    {
        Args terms = _termsForFactory();
        fee = _bookIn(terms, asset_, amount, value);
        tokens = _book(terms, _course, payer, value);
    }

    /// @inheritdoc ITokenSale
    function finalise() external override {
        // Check
        Args terms = _terms();
        Course memory course = _course;
        Status status_ = _status(terms, course);
        if (status_ != Status.Open && status_ != Status.Closed) revert TokenSale_WrongStatus(status_);
        if (course.raised < terms.softCap()) revert TokenSale_SoftCapMissed(course.raised, terms.softCap());
        if (status_ == Status.Open && course.raised != terms.hardCap()) revert TokenSale_TooEarly(closesAt());
        bool settled = block.timestamp >= _settledAt(terms);
        if (!settled && !_isOperator(msg.sender)) revert TokenSale_NotAllowed(msg.sender);

        // Effect
        _course.outcome = Outcome.Finalised;
        uint256 due = _raisedHere(course);
        uint256 fee = _feeOn(_terms(), due);
        uint256 rest = due - fee;
        ITenantFactory(factory()).saleFinalised(dealId(), rest, fee);

        // Interaction
        address treasury = IPlatformService(ITenantRoles(factory()).service()).treasury();
        IDealToken(token()).openTransfers(course.buyers);
        if (fee != 0) Assets.send(asset(), treasury, fee);
        Assets.send(asset(), proceeds(), rest);
    }

    /// @inheritdoc ITokenSale
    function payOut(address asset_) external override {
        // Check
        Status status_ = status();
        if (status_ != Status.Finalised) revert TokenSale_WrongStatus(status_);
        uint256 due = raisedIn[asset_];
        if (due == 0) revert TokenSale_NothingToPay(asset_);

        // Effect
        raisedIn[asset_] = 0;
        uint256 fee = _feeOn(_terms(), due);
        ITenantFactory(factory()).salePaidOut(dealId(), asset_, due - fee, fee);

        // Interaction
        address treasury = IPlatformService(ITenantRoles(factory()).service()).treasury();
        if (fee != 0) Assets.send(asset_, treasury, fee);
        Assets.send(asset_, proceeds(), due - fee);
    }

    /// @inheritdoc ITokenSale
    function fail(bytes32 reason) external override {
        // Check
        if (!_isOperatorOrAdmin(msg.sender)) revert TokenSale_NotAllowed(msg.sender);
        Status status_ = status();
        if (status_ == Status.Finalised || status_ == Status.Failed) revert TokenSale_WrongStatus(status_);

        // Effect
        _course.outcome = Outcome.Failed;
        ITenantFactory(factory()).saleFailed(dealId(), reason);
    }

    /// @inheritdoc ITokenSale
    function claimRefund(bytes32 investmentId) external override {
        // Check
        Status status_ = status();
        if (status_ != Status.Failed) revert TokenSale_WrongStatus(status_);
        if (returned[investmentId]) revert TokenSale_AlreadyReturned(investmentId);
        IEscrow.Purchase memory bought = ITenantFactory(factory()).purchaseOf(investmentId);
        if (bought.sale != address(this)) revert TokenSale_NotFromThisSale(investmentId);

        // Effect
        returned[investmentId] = true;
        uint256 tokens = quote(bought.value == 0 ? bought.amount : bought.value);
        address holder = IDealToken(token()).currentHolder(bought.payer);
        ITenantFactory(factory()).purchaseReturned(investmentId, dealId(), holder, bought.amount, tokens);

        // Interaction
        IDealToken(token()).burn(holder, tokens);
        Assets.send(bought.value == 0 ? asset() : bought.asset, holder, bought.amount);
    }

    /// @inheritdoc ITokenSale
    function sweep(address asset_) external override {
        Status status_ = status();
        if (status_ != Status.Finalised) revert TokenSale_WrongStatus(status_);
        Assets.send(asset_, proceeds(), Assets.balanceOf(asset_, address(this)) - raisedIn[asset_]);
    }

    /// @inheritdoc ITokenSale
    function pause() external override {
        if (!_isOperatorOrAdmin(msg.sender)) revert TokenSale_NotAllowed(msg.sender);
        _course.paused = true;
        emit Paused(msg.sender);
    }

    /// @inheritdoc ITokenSale
    function unpause() external override {
        if (!_isOperatorOrAdmin(msg.sender)) revert TokenSale_NotAllowed(msg.sender);
        _course.paused = false;
        emit Unpaused(msg.sender);
    }

    /// @inheritdoc ITokenSale
    function setGate(bytes32 allowList_, bool vouchers, uint256 investorLimit_) external override {
        if (!_isOperatorOrAdmin(msg.sender)) revert TokenSale_NotAllowed(msg.sender);
        _course.gate = _setGate(allowList_, vouchers, investorLimit_) | _course.gate & BY_SEVERAL;
    }

    /// @inheritdoc ITokenSale
    function setAsset(address asset_, uint256 price_) external override {
        if (!_isAdmin(msg.sender)) revert TokenSale_NotAllowed(msg.sender);
        Status status_ = status();
        if (status_ == Status.Finalised || status_ == Status.Failed) revert TokenSale_WrongStatus(status_);
        _setAsset(asset_, price_);
        _course.gate |= BY_SEVERAL;
    }

    /// @inheritdoc ITokenSale
    function admit(bytes32 investmentId, address payer, uint256 amount, bytes calldata pass)
        external
        view
        override
        returns (address)
    {
        Args terms = _terms();
        _admit(terms, investmentId, payer, amount, pass);
        return terms.asset();
    }

    /// @inheritdoc ITokenSale
    function admitIn(
        bytes32 investmentId,
        address payer,
        address asset_,
        uint256 amount,
        uint256 minTokens,
        bytes calldata pass
    ) external view override returns (uint256 value) {
        value = valueOf(asset_, amount);
        uint256 tokens = _admit(_terms(), investmentId, payer, value, pass);
        if (tokens < minTokens) revert TokenSale_TooFewTokens(tokens, minTokens);
    }

    /// @inheritdoc ITokenSale
    function quote(uint256 amount) public view override returns (uint256) {
        return _tokensFor(_terms(), amount);
    }

    /// @inheritdoc ITokenSale
    function status() public view override returns (Status) {
        return _status(_terms(), _course);
    }

    /// @inheritdoc ITokenSale
    function feeDue() external view override returns (uint256) {
        return _feeOn(_terms(), _raisedHere(_course));
    }

    /// @inheritdoc ITokenSale
    function paused() external view override returns (bool) {
        return _course.paused;
    }

    /// @inheritdoc ITokenSale
    function raised() external view override returns (uint256) {
        return _course.raised;
    }

    /// @inheritdoc ITokenSale
    function sold() external view override returns (uint256) {
        return _course.sold;
    }

    /// @dev Counts a purchase and mints its tokens.
    function _book(Args terms, Course memory course, address payer, uint256 amount)
        private
        returns (uint256 tokens)
    {
        // Check
        Status status_ = _status(terms, course);
        if (status_ != Status.Open && status_ != Status.Closed) revert TokenSale_WrongStatus(status_);
        if (course.paused) revert TokenSale_Paused();
        _checkHardCap(terms, course.raised, amount);

        // Effect
        tokens = _tokensFor(terms, amount);
        if (tokens == 0) revert TokenSale_BuysNothing(amount);
        // Both fit: the hard cap and the tokens it buys were bounded when the sale was made.
        course.raised += uint96(amount);
        course.sold += uint96(tokens);

        // The token is the factory's own and calls nobody, so what it answers may be booked with the rest.
        // slither-disable-next-line reentrancy-no-eth
        uint256 balance = IDealToken(terms.token()).mint(payer, tokens);
        if (balance == tokens) ++course.buyers;
        if (course.gate & BY_LIMIT != 0) _checkLimit(balance);
        _save(course);
    }

    /// @dev One write; the compiler would make one of each field.
    function _save(Course memory course) private {
        uint256 word = uint256(course.gate) << 240 | uint256(course.buyers) << 208 | (course.paused ? 1 << 200 : 0)
            | uint256(uint8(course.outcome)) << 192 | uint256(course.sold) << 96 | course.raised;
        assembly ("memory-safe") {
            sstore(_course.slot, word)
        }
    }

    /// @return What was paid in the sale's own asset.
    function _raisedHere(Course memory course) private view returns (uint256) {
        return course.gate & BY_SEVERAL == 0 ? course.raised : course.raised - _raisedElsewhere;
    }

    /// @dev Reverts with the reason why nobody may pay in now, or not this amount.
    /// @param amount Base units of the sale's own asset, or what another one is worth in them.
    function _admit(Args terms, bytes32 investmentId, address payer, uint256 amount, bytes calldata pass)
        private
        view
        returns (uint256 tokens)
    {
        Course memory course = _course;
        Status status_ = _status(terms, course);
        if (status_ != Status.Open) revert TokenSale_WrongStatus(status_);
        if (course.paused) revert TokenSale_Paused();
        if (amount < terms.minTicket()) revert TokenSale_BelowMinTicket(amount, terms.minTicket());
        if (amount > terms.maxTicket()) revert TokenSale_AboveMaxTicket(amount, terms.maxTicket());
        _checkHardCap(terms, course.raised, amount);
        tokens = _tokensFor(terms, amount);
        if (tokens == 0) revert TokenSale_BuysNothing(amount);
        if (course.gate != 0) {
            _checkPass(course.gate, investmentId, payer, amount, pass);
            if (course.gate & BY_LIMIT != 0) _checkLimit(IDealToken(terms.token()).balanceOf(payer) + tokens);
        }
    }

    function _status(Args terms, Course memory course) private view returns (Status) {
        if (course.outcome == Outcome.Finalised) return Status.Finalised;
        if (course.outcome == Outcome.Failed) return Status.Failed;
        if (block.timestamp < terms.opensAt()) return Status.Waiting;
        if (block.timestamp < terms.closesAt()) return Status.Open;
        if (block.timestamp >= _settledAt(terms) && course.raised < terms.softCap()) return Status.Failed;
        return Status.Closed;
    }

    function _tokensFor(Args terms, uint256 amount) private pure returns (uint256) {
        return SaleTerms.tokensFor(amount, terms.price(), terms.decimals());
    }

    function _termsForFactory() private view returns (Args terms) {
        terms = _terms();
        if (msg.sender != terms.factory()) revert TokenSale_NotTheFactory(msg.sender);
    }

    function _settledAt(Args terms) private pure returns (uint256) {
        return terms.closesAt() + EscrowClock.LIFE;
    }

    /// @dev While transfers are closed, what an investor holds is what the investor bought.
    function _checkLimit(uint256 balance) private view {
        if (balance > investorLimit) revert TokenSale_InvestorLimitExceeded(balance, investorLimit);
    }

    function _checkHardCap(Args terms, uint256 raised_, uint256 amount) private pure {
        uint256 left = terms.hardCap() - raised_;
        if (amount > left) revert TokenSale_HardCapExceeded(amount, left);
    }
}
