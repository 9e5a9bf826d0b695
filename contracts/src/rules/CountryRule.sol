// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

import {ITransferRule} from "../interfaces/ITransferRule.sol";
import {TransferRule} from "./TransferRule.sol";

/// @title CountryRule
/// @notice Recipients must live in a listed country (or, where the list is of those shut out, must not).
contract CountryRule is TransferRule {
    uint8 public constant REASON = 10;

    /// @dev Numeric country codes end at 999: four words of bits.
    struct List {
        bool isOfAllowed;
        uint256[4] codes;
    }

    /// @notice The list of `token` is another one from now on.
    event CountriesSet(address indexed token, bool listIsOfAllowed, uint16[] countries);

    error CountryRule_NoSuchCountry(uint16 country);

    mapping(address token => List) private _lists;

    /// @notice Replaces the list of a token.
    /// @dev Requirements: the caller is an ADMIN of the token's tenant; codes are below 1000. Emits {CountriesSet}.
    function setCountries(address token, bool listIsOfAllowed, uint16[] calldata countries)
        external
        onlyAdminOf(token)
    {
        // slither-disable-next-line uninitialized-local (memory starts as zeros)
        uint256[4] memory codes;
        for (uint256 i; i < countries.length; ++i) {
            if (countries[i] > 999) revert CountryRule_NoSuchCountry(countries[i]);
            codes[countries[i] >> 8] |= 1 << (countries[i] & 0xff);
        }
        _lists[token] = List(listIsOfAllowed, codes);
        emit CountriesSet(token, listIsOfAllowed, countries);
    }

    /// @inheritdoc ITransferRule
    function check(Move calldata move) external view override returns (uint8) {
        List storage list = _lists[msg.sender];
        bool listed = move.country < 1000 && list.codes[move.country >> 8] >> (move.country & 0xff) & 1 == 1;
        return listed == list.isOfAllowed ? 0 : REASON;
    }
}
