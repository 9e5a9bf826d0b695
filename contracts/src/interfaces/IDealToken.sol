// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ITransferRule} from "./ITransferRule.sol";

/// @title IDealToken
/// @notice What a deal's investors hold: an ERC-20 whose transfers follow rules, behind the names of ERC-3643.
/// @dev Reasons that `canTransfer` gives: 0 allowed; 1 transfers are not open until the sale has succeeded; 2 the sender is
/// frozen; 3 the recipient is frozen; 4 the recipient is not eligible; 5 the sender has too little that is not frozen; from
/// 10 on those of {ITransferRule}.
interface IDealToken is IERC20 {
    /// @notice The sale of the deal may mint.
    event SaleSet(address indexed sale);
    /// @notice Transfers are possible from now on.
    event TransfersOpened();
    /// @notice Transfers must pass these rules from now on.
    event RulesSet(ITransferRule[] rules);
    /// @notice `account` can't send or receive (or can again).
    event AddressFrozen(address indexed account, bool frozen, address indexed agent);
    /// @notice `amount` of the account's balance can't be sent.
    event TokensFrozen(address indexed account, uint256 amount);
    /// @notice `amount` of what could not be sent can be sent again.
    event TokensUnfrozen(address indexed account, uint256 amount);
    /// @notice An agent moved tokens against or without the holder's will.
    event ForcedTransfer(address indexed from, address indexed to, uint256 amount, bytes32 reason, address indexed agent);
    /// @notice All that `lost` held belongs to `renewed`, the same person's new wallet.
    event Recovered(address indexed lost, address indexed renewed, uint256 amount, bytes32 reason, address indexed agent);

    error DealToken_NotTheFactory(address caller);
    error DealToken_NotTheSale(address caller);
    error DealToken_NotAnAgent(address caller);
    error DealToken_NotAnAdmin(address caller);
    error DealToken_TooManyRules(uint256 count);
    error DealToken_TransferRefused(uint8 reason);
    error DealToken_TransfersClosed();
    error DealToken_NotThatMuchFrozen(uint256 amount, uint256 frozen);
    error DealToken_FrozenAboveBalance(uint256 frozen, uint256 balance);
    error DealToken_SupplyTooLarge(uint256 amount);
    error DealToken_RecoveredBefore(address account);

    /// @notice Names the sale that may mint and burn.
    /// @dev Requirements: the caller is the factory, which does so once. Emits {SaleSet}.
    function setSale(address sale_) external;

    /// @notice Mints bought tokens and admits the buyer as a holder.
    /// @dev Requirements: the caller is the sale. Emits {Transfer}.
    /// @return balance What the buyer has now.
    function mint(address to, uint256 amount) external returns (uint256 balance);

    /// @notice Destroys tokens of a purchase that is returned; a freeze does not stop it.
    /// @dev Requirements: the caller is the sale; `from` has them. Emits {Transfer}.
    function burn(address from, uint256 amount) external;

    /// @notice Opens transfers, once, when the sale has succeeded.
    /// @dev Requirements: the caller is the sale. Emits {TransfersOpened}.
    /// @param buyers How many accounts were minted to; the count of holders starts with it.
    function openTransfers(uint256 buyers) external;

    /// @notice Replaces the rules that transfers must pass, beside eligibility and freezes.
    /// @dev Requirements: the caller is an ADMIN; at most eight. Emits {RulesSet}.
    function setRules(ITransferRule[] calldata rules_) external;

    /// @notice Stops an account from sending and receiving, or lets it again.
    /// @dev Requirements: the caller is an AGENT. Emits {AddressFrozen}.
    function setAddressFrozen(address account, bool frozen) external;

    /// @notice Sets how much of an account's balance can't be sent.
    /// @dev Requirements: the caller is an AGENT; at most the balance. Emits {TokensFrozen}.
    function setFrozenTokens(address account, uint256 amount) external;

    /// @notice Freezes `amount` more of an account's balance.
    /// @dev Requirements: the caller is an AGENT; at most what is not frozen. Emits {TokensFrozen}.
    function freezePartialTokens(address account, uint256 amount) external;

    /// @notice Lets `amount` of what is frozen be sent again.
    /// @dev Requirements: the caller is an AGENT; at most what is frozen. Emits {TokensUnfrozen}.
    function unfreezePartialTokens(address account, uint256 amount) external;

    /// @notice Moves tokens by order of a court or law; freezes of the sender do not stop it.
    /// @dev Requirements: the caller is an AGENT; transfers are open; the recipient is eligible and not frozen; the sender has
    /// them. Emits {ForcedTransfer} and {Transfer}.
    function forcedTransfer(address from, address to, uint256 amount, bytes32 reason) external;

    /// @notice Moves all that a lost wallet holds, with its freezes, to the same person's new one; also before transfers open.
    /// @dev Requirements: the caller is an AGENT; neither wallet was recovered before; not the same. Emits {Recovered} and
    /// {Transfer}.
    function recoveryAddress(address lost, address renewed, bytes32 reason) external;

    /// @return Why a transfer would be refused, 0 when it would not.
    function canTransfer(address from, address to, uint256 amount) external view returns (uint8);

    /// @return The wallet that now stands for `account`: itself, or the one it was recovered to.
    function currentHolder(address account) external view returns (address);

    /// @return The rules that transfers must pass.
    function rules() external view returns (ITransferRule[] memory);

    /// @return How many accounts hold tokens, counted from the opening of transfers on.
    function holderCount() external view returns (uint256);

    /// @return When the account last bought from the sale, or began to hold.
    function heldSince(address account) external view returns (uint256);

    /// @return Whether the account is stopped from sending and receiving.
    function isFrozen(address account) external view returns (bool);

    /// @return How much of the balance can't be sent.
    function getFrozenTokens(address account) external view returns (uint256);

    /// @return The registry of who may hold: the tenant's factory.
    function identityRegistry() external view returns (address);

    /// @return Who judges transfers beside the registry: the token itself, by `rules`.
    function compliance() external view returns (address);

    /// @return Whether transfers are stopped: they are until the sale has succeeded.
    function paused() external view returns (bool);

    /// @return The deal's sale, or the zero address before it is configured.
    function sale() external view returns (address);

    /// @return Whether the sale has succeeded and transfers are possible.
    function transfersOpen() external view returns (bool);
}
