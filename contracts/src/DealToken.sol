// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {IDealToken} from "./interfaces/IDealToken.sol";
import {IEligibility} from "./interfaces/IEligibility.sol";
import {ITenantRoles} from "./interfaces/ITenantRoles.sol";
import {CloneArgs} from "./libraries/CloneArgs.sol";

/// @title DealToken
/// @notice See {IDealToken}. Arguments: factory (20), decimals (1), lengths of name and symbol (1 + 1), name, symbol.
/// @dev Balance, freezes and admission of an account share one slot, so that rules cost a transfer almost nothing.
contract DealToken is IDealToken, IERC20Metadata, IERC20Errors {
    struct Account {
        uint96 balance;
        uint96 frozenTokens;
        bool frozen;
        // Bought from the sale: may hold without standing in the registry.
        bool admitted;
    }


    uint8 private constant ALLOWED = 0;
    uint8 private constant NOT_OPEN = 1;
    uint8 private constant SENDER_FROZEN = 2;
    uint8 private constant RECIPIENT_FROZEN = 3;
    uint8 private constant RECIPIENT_NOT_ELIGIBLE = 4;
    uint8 private constant TOO_LITTLE = 5;

    // These two share a slot, since minting needs both.
    uint96 private _supply;
    /// @inheritdoc IDealToken
    address public override sale;
    /// @inheritdoc IDealToken
    bool public override transfersOpen;
    mapping(address account => Account) private _accounts;
    mapping(address lost => address) private _renewed;
    mapping(address owner => mapping(address spender => uint256)) private _allowances;

    modifier onlyFactory() {
        if (msg.sender != identityRegistry()) revert DealToken_NotTheFactory(msg.sender);
        _;
    }

    modifier onlySale() {
        if (msg.sender != sale) revert DealToken_NotTheSale(msg.sender);
        _;
    }

    modifier onlyAgent() {
        ITenantRoles desk = ITenantRoles(identityRegistry());
        if (!desk.hasRole(desk.AGENT_ROLE(), msg.sender)) revert DealToken_NotAnAgent(msg.sender);
        _;
    }

    /// @notice Sends tokens, if the rules allow it.
    function transfer(address to, uint256 amount) external override returns (bool) {
        _checkedMove(msg.sender, to, amount);
        return true;
    }

    /// @notice Sends `from`'s tokens within the caller's allowance, if the rules allow it.
    function transferFrom(address from, address to, uint256 amount) external override returns (bool) {
        uint256 allowed = _allowances[from][msg.sender];
        if (allowed != type(uint256).max) {
            if (allowed < amount) revert ERC20InsufficientAllowance(msg.sender, allowed, amount);
            unchecked {
                _allowances[from][msg.sender] = allowed - amount;
            }
        }
        _checkedMove(from, to, amount);
        return true;
    }

    /// @notice Lets `spender` send up to `amount` of the caller's tokens.
    function approve(address spender, uint256 amount) external override returns (bool) {
        if (spender == address(0)) revert ERC20InvalidSpender(spender);
        _allowances[msg.sender][spender] = amount;
        emit Approval(msg.sender, spender, amount);
        return true;
    }

    /// @inheritdoc IDealToken
    function setSale(address sale_) external override onlyFactory {
        sale = sale_;
        emit SaleSet(sale_);
    }

    /// @inheritdoc IDealToken
    function mint(address to, uint256 amount) external override onlySale {
        if (to == address(0)) revert ERC20InvalidReceiver(to);
        uint256 supply = _supply + amount;
        if (supply > type(uint96).max) revert DealToken_SupplyTooLarge(amount);
        Account storage account = _accounts[to];
        // The sum of all balances is the supply, so what fits there fits here.
        _supply = uint96(supply);
        account.balance += uint96(amount);
        account.admitted = true;
        emit Transfer(address(0), to, amount);
    }

    /// @inheritdoc IDealToken
    function burn(address from, uint256 amount) external override onlySale {
        _take(from, amount);
        _supply -= uint96(amount);
        emit Transfer(from, address(0), amount);
    }

    /// @inheritdoc IDealToken
    function openTransfers() external override onlySale {
        transfersOpen = true;
        emit TransfersOpened();
    }

    /// @inheritdoc IDealToken
    function setAddressFrozen(address account, bool frozen) external override onlyAgent {
        _accounts[account].frozen = frozen;
        emit AddressFrozen(account, frozen, msg.sender);
    }

    /// @inheritdoc IDealToken
    function setFrozenTokens(address account, uint256 amount) external override onlyAgent {
        Account storage holder = _accounts[account];
        if (amount > holder.balance) revert DealToken_FrozenAboveBalance(amount, holder.balance);
        holder.frozenTokens = uint96(amount);
        emit TokensFrozen(account, amount);
    }

    /// @inheritdoc IDealToken
    function forcedTransfer(address from, address to, uint256 amount, bytes32 reason) external override onlyAgent {
        if (!transfersOpen) revert DealToken_TransfersClosed();
        uint8 refusal = _refusalToReceive(to);
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
        _move(lost, renewed, old.balance);
        Account storage heir = _accounts[renewed];
        heir.frozenTokens += old.frozenTokens;
        heir.frozen = heir.frozen || old.frozen;
        heir.admitted = heir.admitted || old.admitted;
    }

    /// @inheritdoc IDealToken
    function canTransfer(address from, address to, uint256 amount) public view override returns (uint8) {
        if (!transfersOpen) return NOT_OPEN;
        Account memory sender = _accounts[from];
        if (sender.frozen) return SENDER_FROZEN;
        if (amount > sender.balance - sender.frozenTokens) return TOO_LITTLE;
        return _refusalToReceive(to);
    }

    /// @inheritdoc IDealToken
    function currentHolder(address account) external view override returns (address) {
        while (_renewed[account] != address(0)) account = _renewed[account];
        return account;
    }

    /// @return The tokens of `account`, in base units.
    function balanceOf(address account) external view override returns (uint256) {
        return _accounts[account].balance;
    }

    /// @return How much `spender` may still send of `owner`'s tokens.
    function allowance(address owner, address spender) external view override returns (uint256) {
        return _allowances[owner][spender];
    }

    /// @return All tokens, in base units.
    function totalSupply() external view override returns (uint256) {
        return _supply;
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

    function _checkedMove(address from, address to, uint256 amount) private {
        if (to == address(0)) revert ERC20InvalidReceiver(to);
        uint8 refusal = canTransfer(from, to, amount);
        if (refusal != ALLOWED) revert DealToken_TransferRefused(refusal);
        _move(from, to, amount);
    }

    function _move(address from, address to, uint256 amount) private {
        _take(from, amount);
        _accounts[to].balance += uint96(amount);
        emit Transfer(from, to, amount);
    }

    /// @dev What agents and the sale take may have been frozen: then the freeze shrinks to the balance.
    function _take(address from, uint256 amount) private {
        Account storage account = _accounts[from];
        uint256 balance = account.balance;
        if (amount > balance) revert ERC20InsufficientBalance(from, balance, amount);
        uint96 left = uint96(balance - amount);
        account.balance = left;
        if (account.frozenTokens > left) account.frozenTokens = left;
    }

    function _refusalToReceive(address to) private view returns (uint8) {
        Account memory recipient = _accounts[to];
        if (recipient.frozen) return RECIPIENT_FROZEN;
        IEligibility.Standing standing = IEligibility(identityRegistry()).identityOf(to).standing;
        bool eligible = standing == IEligibility.Standing.Eligible;
        bool holds = standing == IEligibility.Standing.Unknown && recipient.admitted;
        return eligible || holds ? ALLOWED : RECIPIENT_NOT_ELIGIBLE;
    }

    function _text(uint256 start, uint256 length) private view returns (string memory) {
        bytes memory args = Clones.fetchCloneArgs(address(this));
        bytes memory text = new bytes(length);
        for (uint256 i; i < length; ++i) text[i] = args[start + i];
        return string(text);
    }
}
