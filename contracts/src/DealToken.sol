// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {PackedERC20} from "./abstracts/PackedERC20.sol";
import {IDealToken} from "./interfaces/IDealToken.sol";
import {IEligibility} from "./interfaces/IEligibility.sol";
import {ITenantRoles} from "./interfaces/ITenantRoles.sol";
import {ITransferRule} from "./interfaces/ITransferRule.sol";
import {CloneArgs} from "./libraries/CloneArgs.sol";

/// @title DealToken
/// @notice See {IDealToken}. Arguments: factory (20), decimals (1), lengths of name and symbol (1 + 1), name, symbol.
contract DealToken is PackedERC20, IDealToken, IERC20Metadata {
    uint8 private constant ALLOWED = 0;
    uint8 private constant NOT_OPEN = 1;
    uint8 private constant SENDER_FROZEN = 2;
    uint8 private constant RECIPIENT_FROZEN = 3;
    uint8 private constant RECIPIENT_NOT_ELIGIBLE = 4;
    uint8 private constant TOO_LITTLE = 5;
    uint256 private constant MAX_RULES = 8;

    mapping(uint256 index => ITransferRule) private _rules;
    mapping(address lost => address) private _renewed;

    modifier onlyFactory() {
        if (msg.sender != identityRegistry()) revert DealToken_NotTheFactory(msg.sender);
        _;
    }

    modifier onlySale() {
        if (msg.sender != _minter) revert DealToken_NotTheSale(msg.sender);
        _;
    }

    modifier onlyAgent() {
        ITenantRoles desk = ITenantRoles(identityRegistry());
        if (!desk.hasRole(desk.AGENT_ROLE(), msg.sender)) revert DealToken_NotAnAgent(msg.sender);
        _;
    }

    /// @inheritdoc IDealToken
    function setSale(address sale_) external override onlyFactory {
        _minter = sale_;
        emit SaleSet(sale_);
    }

    /// @inheritdoc IDealToken
    function mint(address to, uint256 amount) external override onlySale returns (uint256 balance) {
        if (to == address(0)) revert ERC20InvalidReceiver(to);
        uint256 supply = _supply + amount;
        if (supply > type(uint96).max) revert DealToken_SupplyTooLarge(amount);
        uint256 account = _read(to);
        _supply = uint96(supply);
        // The sum of all balances is the supply, so what fits there fits here.
        account = _heldFromNow(account + amount);
        balance = uint96(account);
        _write(to, account | 1 << ADMITTED);
        emit Transfer(address(0), to, amount);
    }

    /// @inheritdoc IDealToken
    function burn(address from, uint256 amount) external override onlySale {
        _take(from, amount);
        _supply -= uint96(amount);
        emit Transfer(from, address(0), amount);
    }

    /// @inheritdoc IDealToken
    function openTransfers(uint256 buyers) external override onlySale {
        _open = true;
        _holders += int64(uint64(buyers));
        emit TransfersOpened();
    }

    /// @inheritdoc IDealToken
    function setRules(ITransferRule[] calldata rules_) external override {
        ITenantRoles desk = ITenantRoles(identityRegistry());
        if (!desk.hasRole(desk.ADMIN_ROLE(), msg.sender)) revert DealToken_NotAnAdmin(msg.sender);
        if (rules_.length > MAX_RULES) revert DealToken_TooManyRules(rules_.length);
        _ruleCount = uint8(rules_.length);
        for (uint256 i; i < rules_.length; ++i) _rules[i] = rules_[i];
        emit RulesSet(rules_);
    }

    /// @inheritdoc IDealToken
    function setAddressFrozen(address account, bool frozen) external override onlyAgent {
        _accounts[account].frozen = frozen;
        emit AddressFrozen(account, frozen, msg.sender);
    }

    /// @inheritdoc IDealToken
    function setFrozenTokens(address account, uint256 amount) external override onlyAgent {
        _setFrozen(account, amount);
        emit TokensFrozen(account, amount);
    }

    /// @inheritdoc IDealToken
    function freezePartialTokens(address account, uint256 amount) external override onlyAgent {
        _setFrozen(account, _accounts[account].frozenTokens + amount);
        emit TokensFrozen(account, amount);
    }

    /// @inheritdoc IDealToken
    function unfreezePartialTokens(address account, uint256 amount) external override onlyAgent {
        uint256 frozen = _accounts[account].frozenTokens;
        if (amount > frozen) revert DealToken_NotThatMuchFrozen(amount, frozen);
        _setFrozen(account, frozen - amount);
        emit TokensUnfrozen(account, amount);
    }

    /// @inheritdoc IDealToken
    function forcedTransfer(address from, address to, uint256 amount, bytes32 reason) external override onlyAgent {
        if (!_open) revert DealToken_TransfersClosed();
        uint8 refusal = _refusalToReceive(to, _identityOf(to));
        if (refusal != ALLOWED) revert DealToken_TransferRefused(refusal);
        emit ForcedTransfer(from, to, amount, reason, msg.sender);
        _move(from, to, amount);
    }

    /// @inheritdoc IDealToken
    function recoveryAddress(address lost, address renewed, bytes32 reason) external override onlyAgent {
        if (renewed == address(0) || renewed == lost) revert ERC20InvalidReceiver(renewed);
        if (_renewed[lost] != address(0)) revert DealToken_RecoveredBefore(lost);
        if (_renewed[renewed] != address(0)) revert DealToken_RecoveredBefore(renewed);

        Account memory old = _accounts[lost];
        _renewed[lost] = renewed;
        emit Recovered(lost, renewed, old.balance, reason, msg.sender);
        uint40 since = _accounts[renewed].heldSince;
        _move(lost, renewed, old.balance);
        Account storage heir = _accounts[renewed];
        heir.frozenTokens += old.frozenTokens;
        heir.heldSince = old.heldSince > since ? old.heldSince : since;
        heir.frozen = heir.frozen || old.frozen;
        heir.admitted = heir.admitted || old.admitted;
    }

    /// @inheritdoc IDealToken
    function canTransfer(address from, address to, uint256 amount) public view override returns (uint8) {
        if (!_open) return NOT_OPEN;
        Account memory sender = _accounts[from];
        if (sender.frozen) return SENDER_FROZEN;
        if (amount > sender.balance - sender.frozenTokens) return TOO_LITTLE;
        IEligibility.Identity memory identity = _identityOf(to);
        uint8 refusal = _refusalToReceive(to, identity);
        if (refusal != ALLOWED || _ruleCount == 0) return refusal;
        return _refusalByRules(from, to, amount, sender, identity);
    }

    /// @inheritdoc IDealToken
    function currentHolder(address account) external view override returns (address) {
        while (_renewed[account] != address(0)) account = _renewed[account];
        return account;
    }

    /// @inheritdoc IDealToken
    function rules() external view override returns (ITransferRule[] memory list) {
        list = new ITransferRule[](_ruleCount);
        for (uint256 i; i < list.length; ++i) list[i] = _rules[i];
    }

    /// @inheritdoc IDealToken
    function holderCount() public view override returns (uint256) {
        return _open ? uint256(int256(_holders)) : 0;
    }

    /// @inheritdoc IDealToken
    function heldSince(address account) external view override returns (uint256) {
        return _accounts[account].heldSince;
    }

    /// @inheritdoc IDealToken
    function isFrozen(address account) external view override returns (bool) {
        return _accounts[account].frozen;
    }

    /// @inheritdoc IDealToken
    function getFrozenTokens(address account) external view override returns (uint256) {
        return _accounts[account].frozenTokens;
    }

    /// @inheritdoc IDealToken
    function identityRegistry() public view override returns (address) {
        return CloneArgs.addressAt(0);
    }

    /// @inheritdoc IDealToken
    function compliance() external view override returns (address) {
        return address(this);
    }

    /// @inheritdoc IDealToken
    function paused() external view override returns (bool) {
        return !_open;
    }

    /// @inheritdoc IDealToken
    function sale() external view override returns (address) {
        return _minter;
    }

    /// @inheritdoc IDealToken
    function transfersOpen() external view override returns (bool) {
        return _open;
    }

    /// @return The name of the token.
    function name() external view override returns (string memory) {
        return _text(23, CloneArgs.uintAt(21, 1));
    }

    /// @return The short name of the token.
    function symbol() external view override returns (string memory) {
        return _text(23 + CloneArgs.uintAt(21, 1), CloneArgs.uintAt(22, 1));
    }

    /// @return How many digits of a base unit stand behind the point.
    function decimals() external view override returns (uint8) {
        return uint8(CloneArgs.uintAt(20, 1));
    }

    function _checkTransfer(address from, address to, uint256 amount) internal view override {
        if (to == address(0)) revert ERC20InvalidReceiver(to);
        uint8 refusal = canTransfer(from, to, amount);
        if (refusal != ALLOWED) revert DealToken_TransferRefused(refusal);
    }

    function _setFrozen(address account, uint256 amount) private {
        Account storage holder = _accounts[account];
        if (amount > holder.balance) revert DealToken_FrozenAboveBalance(amount, holder.balance);
        holder.frozenTokens = uint96(amount);
    }

    function _refusalToReceive(address to, IEligibility.Identity memory identity) private view returns (uint8) {
        Account memory recipient = _accounts[to];
        if (recipient.frozen) return RECIPIENT_FROZEN;
        bool eligible = identity.standing == IEligibility.Standing.Eligible;
        bool holds = identity.standing == IEligibility.Standing.Unknown && recipient.admitted;
        return eligible || holds ? ALLOWED : RECIPIENT_NOT_ELIGIBLE;
    }

    function _refusalByRules(
        address from,
        address to,
        uint256 amount,
        Account memory sender,
        IEligibility.Identity memory identity
    ) private view returns (uint8 refusal) {
        ITransferRule.Move memory move = ITransferRule.Move({
            from: from,
            to: to,
            amount: amount,
            fromBalance: sender.balance,
            toBalance: _accounts[to].balance,
            holders: holderCount(),
            heldSince: sender.heldSince,
            country: identity.country,
            investorClass: identity.investorClass
        });
        // slither-disable-next-line incorrect-equality (a code, not a balance)
        for (uint256 i; i < _ruleCount && refusal == ALLOWED; ++i) refusal = _rules[i].check(move);
    }

    function _identityOf(address account) private view returns (IEligibility.Identity memory) {
        return IEligibility(identityRegistry()).identityOf(account);
    }

    function _text(uint256 start, uint256 length) private view returns (string memory) {
        bytes memory args = Clones.fetchCloneArgs(address(this));
        bytes memory text = new bytes(length);
        for (uint256 i; i < length; ++i) text[i] = args[start + i];
        return string(text);
    }
}
