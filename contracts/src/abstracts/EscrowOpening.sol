// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IEscrowDesk} from "../interfaces/IEscrowDesk.sol";
import {ITokenSale} from "../interfaces/ITokenSale.sol";
import {Assets} from "../libraries/Assets.sol";
import {EscrowClock} from "../libraries/EscrowClock.sol";
import {EscrowTerms} from "../libraries/EscrowTerms.sol";
import {SaleTerms} from "../libraries/SaleTerms.sol";
import {EscrowDesk} from "./EscrowDesk.sol";

/// @title EscrowOpening
/// @notice How money comes into escrows; see {IEscrowDesk}. The payer may send the transaction or sign it for the forwarder.
abstract contract EscrowOpening is EscrowDesk {
    using SafeERC20 for IERC20;

    /// @inheritdoc IEscrowDesk
    function openEscrow(bytes32 investmentId, bytes32 dealId, uint256 amount)
        external
        payable
        override
        nonReentrant
        returns (address)
    {
        return _openEscrow(investmentId, dealId, amount, _noPass());
    }

    /// @inheritdoc IEscrowDesk
    function openEscrowWithPass(bytes32 investmentId, bytes32 dealId, uint256 amount, bytes calldata pass)
        external
        payable
        override
        nonReentrant
        returns (address)
    {
        return _openEscrow(investmentId, dealId, amount, pass);
    }

    /// @inheritdoc IEscrowDesk
    function openEscrowIn(
        bytes32 investmentId,
        bytes32 dealId,
        address asset,
        uint256 amount,
        uint256 minTokens,
        bytes calldata pass
    ) external payable override nonReentrant returns (address) {
        (address payer, address sale) = _checkOpening(investmentId, dealId);
        uint256 value = ITokenSale(payable(sale)).admitIn(investmentId, payer, asset, amount, minTokens, pass);
        bytes memory args = EscrowTerms.packIn(investmentId, sale, payer, amount, asset, value);
        return _make(investmentId, dealId, payer, asset, amount, args);
    }

    /// @inheritdoc IEscrowDesk
    function openEscrowWithPermit(
        bytes32 investmentId,
        bytes32 dealId,
        uint256 amount,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external override nonReentrant returns (address) {
        (address sale,) = _saleOf(dealId);
        if (sale == address(0)) revert EscrowDesk_DealNotActive(dealId);
        IERC20Permit asset = IERC20Permit(SaleTerms.asset(SaleTerms.load(sale)));
        // A permit seen in the mempool can be submitted by anyone first: what counts is the allowance it left.
        try asset.permit(_msgSender(), address(this), amount, deadline, v, r, s) {} catch {}
        return _openEscrow(investmentId, dealId, amount, _noPass());
    }

    function _openEscrow(bytes32 investmentId, bytes32 dealId, uint256 amount, bytes calldata pass)
        private
        returns (address)
    {
        (address payer, address sale) = _checkOpening(investmentId, dealId);
        address asset = ITokenSale(payable(sale)).admit(investmentId, payer, amount, pass);
        bytes memory args = EscrowTerms.pack(investmentId, sale, payer, amount);
        return _make(investmentId, dealId, payer, asset, amount, args);
    }

    /// @dev An id carries its payer, so others can't use it up.
    function _checkOpening(bytes32 investmentId, bytes32 dealId) private view returns (address payer, address sale) {
        payer = _msgSender();
        if (bytes16(investmentId) == 0) revert EscrowDesk_NotAnId(investmentId);
        bool theirs = uint128(uint256(investmentId)) == uint128(uint160(payer));
        if (!theirs) revert EscrowDesk_NotYourId(investmentId, payer);
        _checkRunning();
        bool active;
        (sale, active) = _saleOf(dealId);
        if (!active) revert EscrowDesk_DealNotActive(dealId);
        if (_records[investmentId].state != EscrowState.None) revert EscrowDesk_AlreadyOpened(investmentId);
    }

    function _make(
        bytes32 investmentId,
        bytes32 dealId,
        address payer,
        address asset,
        uint256 amount,
        bytes memory args
    ) private returns (address escrow) {
        // Check
        uint256 coin = asset == Assets.NATIVE ? amount : 0;
        if (msg.value != coin) revert EscrowDesk_WrongValue(msg.value, coin);

        // Effect
        escrow = Clones.cloneDeterministicWithImmutableArgs(_escrowImplementation, args, investmentId, coin);
        _record(investmentId, escrow, uint64(block.timestamp));
        _announce(investmentId, dealId, payer, escrow, asset, amount);

        // Interaction
        if (asset != Assets.NATIVE) _collect(IERC20(asset), payer, escrow, amount);
    }

    function _announce(
        bytes32 investmentId,
        bytes32 dealId,
        address payer,
        address escrow,
        address asset,
        uint256 amount
    ) private {
        uint64 openedAt = uint64(block.timestamp);
        (uint64 decideBy, uint64 expiresAt) = (EscrowClock.decideBy(openedAt), EscrowClock.expiresAt(openedAt));
        emit EscrowOpened(investmentId, dealId, payer, escrow, asset, amount, decideBy, expiresAt);
    }

    /// @dev An escrow may be sent money before it exists; only what arrives now counts.
    function _collect(IERC20 asset, address payer, address escrow, uint256 amount) private {
        uint256 before = asset.balanceOf(escrow);
        asset.safeTransferFrom(payer, escrow, amount);
        uint256 received = asset.balanceOf(escrow) - before;
        if (received != amount) revert EscrowDesk_AmountNotReceived(received, amount);
    }

    function _noPass() private pure returns (bytes calldata) {
        return msg.data[:0];
    }
}
