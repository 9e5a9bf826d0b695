// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {ITenantRoles} from "../interfaces/ITenantRoles.sol";
import {ITokenSale} from "../interfaces/ITokenSale.sol";
import {SaleArgs} from "./SaleArgs.sol";

/// @title SaleGate
/// @notice Who is let into a sale: everyone, those on a list, those with the operator's voucher, or those with both.
/// @dev The list is a Merkle root of OpenZeppelin's standard tree over `(address payer)`. The voucher is EIP-712 in the domain
/// "Portico Sale", version "1", of the sale: `Voucher(bytes32 investmentId,address payer,uint256 amount,uint256 deadline)`.
abstract contract SaleGate is SaleArgs {
    uint8 internal constant BY_LIST = 1;
    uint8 internal constant BY_VOUCHER = 2;
    uint8 internal constant BY_LIMIT = 4;
    /// @dev Kept with the gate, since both are asked before anything else is read: other assets were accepted once.
    uint8 internal constant BY_SEVERAL = 8;

    bytes32 private constant DOMAIN =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 private constant VOUCHER =
        keccak256("Voucher(bytes32 investmentId,address payer,uint256 amount,uint256 deadline)");

    /// @inheritdoc ITokenSale
    bytes32 public override allowList;
    /// @inheritdoc ITokenSale
    uint256 public override investorLimit;

    /// @inheritdoc ITokenSale
    function voucherDigest(bytes32 investmentId, address payer, uint256 amount, uint256 deadline)
        public
        view
        override
        returns (bytes32)
    {
        bytes32 domain = keccak256(
            abi.encode(DOMAIN, keccak256("Portico Sale"), keccak256("1"), block.chainid, address(this))
        );
        bytes32 voucher = keccak256(abi.encode(VOUCHER, investmentId, payer, amount, deadline));
        return keccak256(abi.encodePacked(hex"1901", domain, voucher));
    }

    /// @return gate The bits of what is asked for from now on.
    function _setGate(bytes32 allowList_, bool vouchers, uint256 investorLimit_) internal returns (uint8 gate) {
        (allowList, investorLimit) = (allowList_, investorLimit_);
        emit GateSet(allowList_, vouchers, investorLimit_);
        if (allowList_ != 0) gate |= BY_LIST;
        if (vouchers) gate |= BY_VOUCHER;
        if (investorLimit_ != 0) gate |= BY_LIMIT;
    }

    /// @dev Reverts when the pass does not open the gate.
    function _checkPass(uint8 gate, bytes32 investmentId, address payer, uint256 amount, bytes calldata pass)
        internal
        view
    {
        if (gate & (BY_LIST | BY_VOUCHER) == 0) return;
        if (pass.length == 0) revert TokenSale_PassNeeded();
        (bytes32[] memory proof, uint256 deadline, bytes memory signature) =
            abi.decode(pass, (bytes32[], uint256, bytes));
        if (gate & BY_LIST != 0) {
            bytes32 leaf = keccak256(bytes.concat(keccak256(abi.encode(payer))));
            if (!MerkleProof.verify(proof, allowList, leaf)) revert TokenSale_NotOnTheList(payer);
        }
        if (gate & BY_VOUCHER != 0) {
            if (block.timestamp > deadline) revert TokenSale_VoucherExpired(deadline);
            address signer = ECDSA.recover(voucherDigest(investmentId, payer, amount, deadline), signature);
            if (!_isOperator(signer)) revert TokenSale_VoucherNotSigned(signer);
        }
    }

    function _isOperator(address account) internal view returns (bool) {
        ITenantRoles desk = ITenantRoles(factory());
        return desk.hasRole(desk.OPERATOR_ROLE(), account);
    }

    function _isAdmin(address account) internal view returns (bool) {
        ITenantRoles desk = ITenantRoles(factory());
        return desk.hasRole(desk.ADMIN_ROLE(), account);
    }

    function _isOperatorOrAdmin(address account) internal view returns (bool) {
        return _isOperator(account) || _isAdmin(account);
    }
}
