// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title PackedERC20
/// @notice An ERC-20 that keeps all it knows of an account in one storage slot, so that rules cost a transfer almost nothing.
abstract contract PackedERC20 is IERC20, IERC20Errors {
    /// @param heldSince When the account last bought, or began to hold.
    /// @param frozen Can neither send nor receive.
    /// @param admitted Bought from the sale: may hold without standing in the registry.
    struct Account {
        uint96 balance;
        uint96 frozenTokens;
        uint40 heldSince;
        bool frozen;
        bool admitted;
    }

    /// @dev Where the fields of an account begin in its slot.
    uint256 private constant FROZEN = 96;
    uint256 private constant SINCE = 192;
    uint256 internal constant ADMITTED = 240;

    // These two share a slot, since minting needs both.
    uint96 internal _supply;
    address internal _minter;
    // And these, since a transfer does. Before transfers open it only counts holders merged by a recovery.
    bool internal _open;
    uint8 internal _ruleCount;
    int64 internal _holders;
    mapping(address account => Account) internal _accounts;
    mapping(address owner => mapping(address spender => uint256)) private _allowances;

    /// @notice Sends tokens, if the rules allow it.
    function transfer(address to, uint256 amount) external override returns (bool) {
        _checkTransfer(msg.sender, to, amount);
        _move(msg.sender, to, amount);
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
        _checkTransfer(from, to, amount);
        _move(from, to, amount);
        return true;
    }

    /// @notice Lets `spender` send up to `amount` of the caller's tokens.
    function approve(address spender, uint256 amount) external override returns (bool) {
        if (spender == address(0)) revert ERC20InvalidSpender(spender);
        _allowances[msg.sender][spender] = amount;
        emit Approval(msg.sender, spender, amount);
        return true;
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

    /// @dev Reverts when the rules refuse.
    function _checkTransfer(address from, address to, uint256 amount) internal view virtual;

    function _move(address from, address to, uint256 amount) internal {
        int64 change = _take(from, amount) ? int64(-1) : int64(0);
        uint256 recipient = _read(to);
        if (uint96(recipient) == 0 && amount != 0) {
            ++change;
            recipient = _heldFromNow(recipient);
        }
        // The sum of all balances is the supply, which fits, so this does too.
        _write(to, recipient + amount);
        if (change != 0) _holders += change;
        emit Transfer(from, to, amount);
    }

    /// @dev What agents and the sale take may have been frozen: then the freeze shrinks to the balance.
    /// @return emptied Whether the account holds nothing any more.
    function _take(address from, uint256 amount) internal returns (bool emptied) {
        uint256 account = _read(from);
        uint256 balance = uint96(account);
        if (amount > balance) revert ERC20InsufficientBalance(from, balance, amount);
        account -= amount;
        uint256 left = balance - amount;
        if (uint96(account >> FROZEN) > left) {
            account = account & ~(uint256(type(uint96).max) << FROZEN) | left << FROZEN;
        }
        _write(from, account);
        return left == 0 && amount != 0;
    }

    /// @return account An {Account} as it lies in its slot, the balance lowest: one read and one write a transfer, where the
    /// compiler would make some of each field.
    function _read(address holder) internal view returns (uint256 account) {
        Account storage place = _accounts[holder];
        assembly ("memory-safe") {
            account := sload(place.slot)
        }
    }

    function _heldFromNow(uint256 account) internal view returns (uint256) {
        return account & ~(uint256(type(uint40).max) << SINCE) | uint256(uint40(block.timestamp)) << SINCE;
    }

    function _write(address holder, uint256 account) internal {
        Account storage place = _accounts[holder];
        assembly ("memory-safe") {
            sstore(place.slot, account)
        }
    }
}
