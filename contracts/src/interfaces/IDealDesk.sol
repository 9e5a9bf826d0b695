// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

/// @title IDealDesk
/// @notice The part of a tenant's factory that sets up deals, one resumable step at a time:
/// none → token → sale → configured → active.
interface IDealDesk {
    enum Stage {
        None,
        Token,
        Sale,
        Configured,
        Active
    }

    /// @param token The deal's token, made by `createToken`.
    /// @param asset What is paid with; the zero address is the native coin.
    /// @param proceeds Receives the money when the sale succeeds. It can't be changed later.
    /// @param price Base units of `asset` for one whole token (10 ** decimals base units of `token`).
    /// @param softCap The least that makes the sale a success, in base units of `asset`.
    /// @param hardCap The most that is accepted, in base units of `asset`.
    /// @param opensAt First second in which money is accepted.
    /// @param closesAt First second in which it no longer is.
    /// @param minTicket The least that one investment pays, in base units of `asset`.
    /// @param maxTicket The most that one investment pays; 0 means no limit but the hard cap.
    struct SaleParams {
        address token;
        address asset;
        address proceeds;
        uint256 price;
        uint256 softCap;
        uint256 hardCap;
        uint64 opensAt;
        uint64 closesAt;
        uint256 minTicket;
        uint256 maxTicket;
    }

    /// @notice The deal has a token.
    event TokenCreated(bytes32 indexed dealId, address token);
    /// @notice The deal has a sale.
    event SaleCreated(bytes32 indexed dealId, address sale);
    /// @notice The sale may mint the token.
    event SaleConfigured(bytes32 indexed dealId);
    /// @notice Escrows can be opened from the sale's opening on.
    event SaleActivated(bytes32 indexed dealId);
    /// @notice The sale succeeded: `proceeds` went to the issuer, `fee` to the treasury, transfers of the token are open.
    event SaleFinalised(bytes32 indexed dealId, address sale, uint256 proceeds, uint256 fee);
    /// @notice Of what a successful sale took in another asset, `proceeds` went to the issuer and `fee` to the treasury.
    event SalePaidOut(bytes32 indexed dealId, address sale, address asset, uint256 proceeds, uint256 fee);
    /// @notice The sale was called off: each investor can take back what was paid.
    event SaleFailed(bytes32 indexed dealId, address sale, bytes32 reason);
    /// @notice After a failed sale `amount` went back to `holder` and the tokens bought with it are destroyed.
    event PurchaseReturned(
        bytes32 indexed investmentId, bytes32 indexed dealId, address holder, uint256 amount, uint256 tokens
    );

    error DealDesk_NoDeal();
    error DealDesk_WrongStage(bytes32 dealId, Stage stage);
    error DealDesk_NameTooLong();
    error DealDesk_TooManyDecimals(uint8 decimals);
    error DealDesk_WrongToken(address token, address expected);
    error DealDesk_NoProceeds();
    error DealDesk_NoPrice();
    error DealDesk_WrongCaps(uint256 softCap, uint256 hardCap);
    error DealDesk_WrongTickets(uint256 minTicket, uint256 maxTicket);
    error DealDesk_WrongSchedule(uint64 opensAt, uint64 closesAt);
    error DealDesk_SupplyTooLarge(uint256 tokens);
    error DealDesk_NotTheSale(address caller);

    /// @notice Makes the token of a deal.
    /// @dev Requirements: the caller is an OPERATOR; the deal is at stage None and `dealId` not zero; name and symbol have at
    /// most 64 and 16 bytes; at most 18 decimals. Emits {TokenCreated}.
    /// @param dealId The deal's UUID in the upper 16 bytes.
    function createToken(bytes32 dealId, string calldata name, string calldata symbol, uint8 decimals)
        external
        returns (address token);

    /// @notice Makes the sale of a deal. Its terms are part of its code and can't be changed; the platform's fee is the one of
    /// this moment.
    /// @dev Requirements: the caller is an OPERATOR; the deal is at stage Token; `token` is the deal's; `proceeds` and `price`
    /// are not zero; 0 < hard cap, soft cap ≤ hard cap; min ticket ≤ max ticket; opening < closing and closing is to come; the
    /// hard cap buys at most 2^96 − 1 base units of token. Emits {SaleCreated}.
    function createSale(bytes32 dealId, SaleParams calldata params) external returns (address sale);

    /// @notice Lets the sale mint the token.
    /// @dev Requirements: the caller is an OPERATOR; the deal is at stage Sale. Emits {SaleConfigured}.
    function configureSale(bytes32 dealId) external;

    /// @notice Lets investors open escrows, within the sale's schedule.
    /// @dev Requirements: the caller is an OPERATOR; the deal is at stage Configured. Emits {SaleActivated}.
    function activateSale(bytes32 dealId) external;

    /// @notice All four steps in one transaction, which saves gas; `params.token` is ignored.
    /// @dev Requirements and events: those of the four, from stage None.
    function setUpDeal(
        bytes32 dealId,
        string calldata name,
        string calldata symbol,
        uint8 decimals,
        SaleParams calldata params
    ) external returns (address token, address sale);

    /// @notice The sale tells that it succeeded.
    /// @dev Requirements: the caller is the deal's sale. Emits {SaleFinalised}.
    function saleFinalised(bytes32 dealId, uint256 proceeds, uint256 fee) external;

    /// @notice The sale tells that it paid out what it took in another asset.
    /// @dev Requirements: the caller is the deal's sale. Emits {SalePaidOut}.
    function salePaidOut(bytes32 dealId, address asset, uint256 proceeds, uint256 fee) external;

    /// @notice The sale tells that it was called off.
    /// @dev Requirements: the caller is the deal's sale. Emits {SaleFailed}.
    function saleFailed(bytes32 dealId, bytes32 reason) external;

    /// @notice The sale tells that a purchase was returned.
    /// @dev Requirements: the caller is the deal's sale. Emits {PurchaseReturned}.
    function purchaseReturned(bytes32 investmentId, bytes32 dealId, address holder, uint256 amount, uint256 tokens)
        external;

    /// @return token The deal's token, or the zero address.
    /// @return sale The deal's sale, or the zero address.
    /// @return stage How far the set-up is, see {Stage}.
    function dealOf(bytes32 dealId) external view returns (address token, address sale, uint8 stage);
}
