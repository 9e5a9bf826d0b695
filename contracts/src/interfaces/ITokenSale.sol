// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

/// @title ITokenSale
/// @notice One deal's offer. It keeps what escrows release until it has succeeded or failed: then all goes to the issuer
/// (and the fee to the treasury), or every investor gets back all that was paid, fee included.
/// @dev Success is declared, failure may also come by time:
/// - an OPERATOR may finalise once the soft cap is met and the sale has closed or is full; 30 days after the closing, when no
///   escrow can be waiting any more, anyone may;
/// - an OPERATOR or ADMIN may fail it at any time before; below the soft cap it fails by itself 30 days after the closing.
interface ITokenSale {
    enum Status {
        Waiting,
        Open,
        Closed,
        Finalised,
        Failed
    }

    /// @notice Escrows can't be opened or released for this sale.
    event Paused(address account);
    /// @notice They can again.
    event Unpaused(address account);

    /// @notice Who is let in from now on; zero, false and zero let in everyone.
    event GateSet(bytes32 allowList, bool vouchers, uint256 investorLimit);

    /// @notice The sale accepts `asset` at `price` a whole token from now on, or no longer where that is zero.
    event AssetSet(address indexed asset, uint256 price);

    error TokenSale_NotTheFactory(address caller);
    error TokenSale_NotAllowed(address caller);
    error TokenSale_WrongStatus(Status status);
    error TokenSale_Paused();
    error TokenSale_BelowMinTicket(uint256 amount, uint256 minTicket);
    error TokenSale_AboveMaxTicket(uint256 amount, uint256 maxTicket);
    error TokenSale_BuysNothing(uint256 amount);
    error TokenSale_HardCapExceeded(uint256 amount, uint256 left);
    error TokenSale_SoftCapMissed(uint256 raised, uint256 softCap);
    error TokenSale_TooEarly(uint256 until);
    error TokenSale_AlreadyReturned(bytes32 investmentId);
    error TokenSale_NotFromThisSale(bytes32 investmentId);
    error TokenSale_CoinNotAccepted();
    error TokenSale_AssetNotAccepted(address asset);
    error TokenSale_TooFewTokens(uint256 tokens, uint256 minTokens);
    error TokenSale_NothingToPay(address asset);
    error TokenSale_PassNeeded();
    error TokenSale_NotOnTheList(address payer);
    error TokenSale_VoucherExpired(uint256 deadline);
    error TokenSale_VoucherNotSigned(address signer);
    error TokenSale_InvestorLimitExceeded(uint256 tokens, uint256 limit);

    /// @notice Books a released investment and mints its tokens to the payer.
    /// @dev Requirements: the caller is the factory; the sale is open or closed and not paused; the hard cap is kept.
    /// @param amount Base units of the asset, which the escrow sends in the same transaction.
    /// @return tokens Base units of the token minted.
    /// @return fee The part of `amount` that is the platform's if the sale succeeds.
    function recordPurchase(address payer, uint256 amount) external returns (uint256 tokens, uint256 fee);

    /// @notice Books a released investment that was paid in another asset.
    /// @dev Requirements: those of {recordPurchase}.
    /// @param amount Base units of `asset`, which the escrow sends in the same transaction.
    /// @param value What that was worth on opening, in base units of the sale's own asset.
    /// @return tokens Base units of the token minted.
    /// @return fee The part of `amount` that is the platform's if the sale succeeds.
    function recordPurchaseIn(address payer, address asset, uint256 amount, uint256 value)
        external
        returns (uint256 tokens, uint256 fee);

    /// @notice Declares success: pays the issuer and the treasury and opens transfers of the token.
    /// @dev Requirements: the soft cap is met; see above who may when. Emits {IDealDesk-SaleFinalised} at the factory.
    function finalise() external;

    /// @notice Pays issuer and treasury what came in another asset. Each asset by itself, so that one which is stopped holds up
    /// no other. Anyone may call.
    /// @dev Requirements: the sale is finalised; something is due. Emits {IDealDesk-SalePaidOut} at the factory.
    function payOut(address asset) external;

    /// @notice Calls the sale off.
    /// @dev Requirements: the caller is an OPERATOR or ADMIN; it is not decided. Emits {IDealDesk-SaleFailed} at the factory.
    /// @param reason A code of the caller's, for the record.
    function fail(bytes32 reason) external;

    /// @notice After a failed sale, destroys the tokens of one purchase and sends its money back to the investor (to the new
    /// wallet if the old one was recovered). Anyone may call; works when paused.
    /// @dev Requirements: the sale has failed; the investment was released to it and not returned yet.
    /// Emits {IDealDesk-PurchaseReturned} at the factory.
    function claimRefund(bytes32 investmentId) external;

    /// @notice Sends what came without a purchase to the proceeds address.
    /// @dev Requirements: the sale is finalised.
    function sweep(address asset) external;

    /// @notice Stops new escrows and releases for this sale. Refunds are never stopped.
    /// @dev Requirements: the caller is an OPERATOR or ADMIN. Emits {Paused}.
    function pause() external;

    /// @notice Lets money in again.
    /// @dev Requirements: the caller is an OPERATOR or ADMIN. Emits {Unpaused}.
    function unpause() external;

    /// @notice Says who is let in.
    /// @dev Requirements: the caller is an OPERATOR or ADMIN. Emits {GateSet}.
    /// @param allowList Merkle root of the payers on the list, 0 for no list; see {SaleGate}.
    /// @param vouchers Whether each investment needs a voucher signed by an OPERATOR.
    /// @param investorLimit The most base units of token that one investor buys, 0 for no limit.
    function setGate(bytes32 allowList, bool vouchers, uint256 investorLimit) external;

    /// @notice Accepts another asset beside the sale's own, changes its price, or accepts it no longer. What was opened before
    /// keeps its price.
    /// @dev Requirements: the caller is an ADMIN (a wrong price gives tokens away); the sale is not decided; it is not the sale's
    /// own asset. Emits {AssetSet}.
    /// @param asset A token, or the zero address for the native coin.
    /// @param price Base units of `asset` for one whole token; zero: no longer accepted.
    function setAsset(address asset, uint256 price) external;

    /// @notice Asks whether an escrow may be opened now, and reverts with the reason when not.
    /// @dev Requirements: open and not paused; within ticket, hard cap and investor limit; buys at least one base unit; the
    /// pass opens the gate.
    /// @param pass Empty where no gate is set, else `abi.encode(bytes32[] proof, uint256 deadline, bytes signature)`.
    /// @return asset_ What is to be paid; the zero address is the native coin.
    function admit(bytes32 investmentId, address payer, uint256 amount, bytes calldata pass)
        external
        view
        returns (address asset_);

    /// @notice `admit` for another asset.
    /// @dev Requirements: those of {admit} for what `amount` is worth; it buys at least `minTokens`.
    /// @return value What `amount` is worth, in base units of the sale's own asset.
    function admitIn(
        bytes32 investmentId,
        address payer,
        address asset,
        uint256 amount,
        uint256 minTokens,
        bytes calldata pass
    ) external view returns (uint256 value);

    /// @notice What an amount of another asset is worth at the price of this moment, rounded down.
    /// @dev Requirements: the sale accepts `asset`.
    function valueOf(address asset, uint256 amount) external view returns (uint256);

    /// @return Base units of another asset for one whole token, 0 where it is not accepted.
    function priceIn(address asset) external view returns (uint256);

    /// @return What released escrows paid in another asset and was not paid out yet, in its base units.
    function raisedIn(address asset) external view returns (uint256);

    /// @return What an OPERATOR signs as a voucher.
    function voucherDigest(bytes32 investmentId, address payer, uint256 amount, uint256 deadline)
        external
        view
        returns (bytes32);

    /// @return Merkle root of those let in, 0 when there is no list.
    function allowList() external view returns (bytes32);

    /// @return The most base units of token that one investor buys, 0 for no limit.
    function investorLimit() external view returns (uint256);

    /// @return Tokens for `amount`, in base units, rounded down.
    function quote(uint256 amount) external view returns (uint256);

    /// @return See {Status}; follows from the clock where nobody has decided.
    function status() external view returns (Status);

    /// @return The platform's part of what was raised in the sale's own asset, should the sale succeed.
    function feeDue() external view returns (uint256);

    /// @return Whether new money is stopped.
    function paused() external view returns (bool);

    /// @return Whether the money of this investment went back after the sale failed.
    function returned(bytes32 investmentId) external view returns (bool);

    /// @return What released escrows paid in, in base units of the sale's own asset; other assets count by their worth.
    function raised() external view returns (uint256);

    /// @return Tokens minted for it, in base units.
    function sold() external view returns (uint256);

    /// @return factory_ The factory that made the sale.
    /// @return asset_ What is paid with.
    function parties() external view returns (address factory_, address asset_);

    function factory() external view returns (address);
    function token() external view returns (address);
    function asset() external view returns (address);
    function proceeds() external view returns (address);
    function dealId() external view returns (bytes32);
    function price() external view returns (uint256);
    function softCap() external view returns (uint256);
    function hardCap() external view returns (uint256);
    function opensAt() external view returns (uint64);
    function closesAt() external view returns (uint64);
    function minTicket() external view returns (uint256);
    function maxTicket() external view returns (uint256);
    function feeBps() external view returns (uint16);
}
