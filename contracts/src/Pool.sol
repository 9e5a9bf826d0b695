// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IEscrow} from "./interfaces/IEscrow.sol";
import {IEscrowDesk} from "./interfaces/IEscrowDesk.sol";
import {IPlatformService} from "./interfaces/IPlatformService.sol";
import {IPool} from "./interfaces/IPool.sol";
import {ITenantRoles} from "./interfaces/ITenantRoles.sol";
import {ITokenSale} from "./interfaces/ITokenSale.sol";
import {Assets} from "./libraries/Assets.sol";
import {CloneArgs} from "./libraries/CloneArgs.sol";

/// @title Pool
/// @notice See {IPool}. Arguments: sale (20), target (12), smallest contribution (12), closing (8).
contract Pool is IPool, ReentrancyGuardTransient {
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    uint96 private _contributed;
    bool private _cancelled;
    /// @inheritdoc IPool
    address public override escrow;
    Position[] private _positions;
    Round[] private _rounds;
    mapping(address asset => uint256) private _reserved;
    /// @inheritdoc IPool
    mapping(uint256 round => mapping(uint256 position => bool)) public override claimed;

    /// @dev Refunds and income may come in native coin.
    receive() external payable {}

    /// @inheritdoc IPool
    function contribute(uint256 amount) external payable override nonReentrant returns (uint256 position) {
        // Check
        _checkStatus(Status.Filling);
        (address factory_, address asset_) = _parties();
        if (IPlatformService(ITenantRoles(factory_).service()).paused()) revert Pool_Paused();
        uint256 start = _contributed;
        uint256 left = target() - start;
        if (amount > left) revert Pool_TooMuch(amount, left);
        if (amount < minContribution() && amount != left) revert Pool_TooLittle(amount, minContribution());
        uint256 coin = asset_ == Assets.NATIVE ? amount : 0;
        if (msg.value != coin) revert Pool_WrongValue(msg.value, coin);

        // Effect
        position = _positions.length;
        _positions.push(Position(msg.sender, uint96(start), uint96(amount), false));
        _contributed = uint96(start + amount);
        emit Contributed(position, msg.sender, amount);

        // Interaction
        if (asset_ == Assets.NATIVE) return position;
        uint256 before = IERC20(asset_).balanceOf(address(this));
        IERC20(asset_).safeTransferFrom(msg.sender, address(this), amount);
        uint256 received = IERC20(asset_).balanceOf(address(this)) - before;
        if (received != amount) revert Pool_AmountNotReceived(received, amount);
    }

    /// @inheritdoc IPool
    function invest(bytes32 investmentId, bytes calldata pass) external override nonReentrant {
        // Check
        (address factory_, address asset_) = _parties();
        if (!_has(factory_, ITenantRoles(factory_).OPERATOR_ROLE())) revert Pool_NotAllowed(msg.sender);
        _checkStatus(Status.Full);

        // Effect
        bytes32 dealId = ITokenSale(payable(sale())).dealId();
        uint256 amount = target();
        escrow = IEscrowDesk(factory_).escrowAddress(investmentId, dealId, address(this), amount);
        emit Invested(investmentId, escrow);

        // Interaction
        if (asset_ != Assets.NATIVE) IERC20(asset_).forceApprove(factory_, amount);
        uint256 coin = asset_ == Assets.NATIVE ? amount : 0;
        // It answers the address foretold above.
        // slither-disable-next-line unused-return
        IEscrowDesk(factory_).openEscrowWithPass{value: coin}(investmentId, dealId, amount, pass);
    }

    /// @inheritdoc IPool
    function cancel() external override {
        (address factory_,) = _parties();
        bool allowed =
            _has(factory_, ITenantRoles(factory_).OPERATOR_ROLE()) || _has(factory_, ITenantRoles(factory_).ADMIN_ROLE());
        if (!allowed) revert Pool_NotAllowed(msg.sender);
        Status status_ = status();
        if (status_ == Status.Invested || status_ == Status.Failed) revert Pool_WrongStatus(status_);
        _cancelled = true;
        emit Cancelled(msg.sender);
    }

    /// @inheritdoc IPool
    function withdraw(uint256 position) external override nonReentrant {
        // Check
        _checkStatus(Status.Failed);
        Position storage it = _positions[position];
        if (it.withdrawn) revert Pool_AlreadyPaid(position);

        // Effect
        it.withdrawn = true;
        emit Withdrawn(position, it.member, it.amount);

        // Interaction
        Assets.send(asset(), it.member, it.amount);
    }

    /// @inheritdoc IPool
    function leaveEscrow() external override {
        IEscrow(escrow).refund();
    }

    /// @inheritdoc IPool
    function openRound(address asset_) external override returns (uint256 round) {
        _checkStatus(Status.Invested);
        uint256 total = Assets.balanceOf(asset_, address(this)) - _reserved[asset_];
        if (total == 0) revert Pool_NothingToShare(asset_);
        round = _rounds.length;
        _rounds.push(Round(asset_, total.toUint96()));
        _reserved[asset_] += total;
        emit RoundOpened(round, asset_, total);
    }

    /// @inheritdoc IPool
    function claim(uint256[] calldata rounds_, uint256 position) external override nonReentrant {
        for (uint256 i; i < rounds_.length; ++i) _claim(rounds_[i], position);
    }

    /// @inheritdoc IPool
    function shareOf(uint256 round, uint256 position) public view override returns (uint256) {
        uint256 total = _rounds[round].total;
        Position memory it = _positions[position];
        uint256 upToEnd = Math.mulDiv(total, uint256(it.start) + it.amount, target());
        return upToEnd - Math.mulDiv(total, it.start, target());
    }

    /// @inheritdoc IPool
    function status() public view override returns (Status) {
        if (escrow != address(0)) return Status.Invested;
        if (_cancelled || block.timestamp >= closesAt()) return Status.Failed;
        return _contributed == target() ? Status.Full : Status.Filling;
    }

    /// @inheritdoc IPool
    function contributed() external view override returns (uint256) {
        return _contributed;
    }

    /// @inheritdoc IPool
    function positionOf(uint256 position) external view override returns (Position memory) {
        return _positions[position];
    }

    /// @inheritdoc IPool
    function roundOf(uint256 round) external view override returns (Round memory) {
        return _rounds[round];
    }

    /// @inheritdoc IPool
    function factory() external view override returns (address factory_) {
        (factory_,) = _parties();
    }

    /// @inheritdoc IPool
    function asset() public view override returns (address asset_) {
        (, asset_) = _parties();
    }

    /// @inheritdoc IPool
    function sale() public view override returns (address) {
        return CloneArgs.addressAt(0);
    }

    /// @inheritdoc IPool
    function target() public view override returns (uint256) {
        return CloneArgs.uintAt(20, 12);
    }

    /// @inheritdoc IPool
    function minContribution() public view override returns (uint256) {
        return CloneArgs.uintAt(32, 12);
    }

    /// @inheritdoc IPool
    function closesAt() public view override returns (uint64) {
        return uint64(CloneArgs.uintAt(44, 8));
    }

    function _claim(uint256 round, uint256 position) private {
        // Check
        if (claimed[round][position]) revert Pool_AlreadyPaid(position);

        // Effect
        uint256 share = shareOf(round, position);
        (address asset_, address member) = (_rounds[round].asset, _positions[position].member);
        claimed[round][position] = true;
        _reserved[asset_] -= share;
        emit Claimed(round, position, member, share);

        // Interaction
        if (share != 0) Assets.send(asset_, member, share);
    }

    function _checkStatus(Status expected) private view {
        Status status_ = status();
        if (status_ != expected) revert Pool_WrongStatus(status_);
    }

    function _has(address factory_, bytes32 role) private view returns (bool) {
        return ITenantRoles(factory_).hasRole(role, msg.sender);
    }

    function _parties() private view returns (address factory_, address asset_) {
        return ITokenSale(payable(sale())).parties();
    }
}
