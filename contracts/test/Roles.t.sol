// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

import {Vesting} from "../src/Vesting.sol";
import {CountryRule} from "../src/rules/CountryRule.sol";
import {HoldingPeriodRule} from "../src/rules/HoldingPeriodRule.sol";
import {InvestorClassRule} from "../src/rules/InvestorClassRule.sol";
import {MaxBalanceRule} from "../src/rules/MaxBalanceRule.sol";
import {MaxHoldersRule} from "../src/rules/MaxHoldersRule.sol";
import {World} from "./World.sol";

/// @notice Every function that changes state × everyone who might call it, against the table in roles.json. Calls carry zeros
/// for arguments (or what is needed to reach the check); what matters is whether the refusal, if any, is one of access.
contract RolesTest is World {
    address private constant AGENT = address(0xA6E4);
    address private constant ADMIN = address(0xAD314);
    address private constant SUCCESSOR = address(0x5CC);
    address private constant RELAYER = address(0x4E1A);

    string private _table;
    string private _functions;
    mapping(string contractName => address) private _at;
    mapping(string role => address) private _who;
    mapping(bytes32 call => bytes) private _arguments;
    string[] private _roles = [
        "owner", "successor", "admin", "operator", "agent", "relayer", "payer", "stranger", "service", "factory", "sale", "escrow"
    ];
    string[] private _contracts = [
        "PlatformService", "TenantFactory", "Escrow", "TokenSale", "DealToken", "Pool", "Distribution", "Vesting", "Forwarder",
        "CountryRule", "HoldingPeriodRule", "InvestorClassRule", "MaxBalanceRule", "MaxHoldersRule"
    ];

    function setUp() public override {
        super.setUp();
        _table = vm.readFile("test/roles.json");
        _functions = vm.readFile("artifacts/functions.json");
        vm.startPrank(OTTO);
        factory.grantRole(keccak256("AGENT"), AGENT);
        factory.grantRole(0, ADMIN);
        vm.stopPrank();
        vm.startPrank(SAM);
        service.transferOwnership(SUCCESSOR);
        forwarder.transferOwnership(SUCCESSOR);
        forwarder.setRelayer(RELAYER, true);
        vm.stopPrank();
        // A sale that may be finalised now, so that finalising is a question of who asks.
        openEuro(orderOf(1, BOB), BOB, 20_000e6);
        release(orderOf(1, BOB));
        _who["escrow"] = address(openEuro(ORDER, ALICE, 5_000e6));
        vm.warp(START + 60 days);
        _meetEveryone();
        _sayArguments();
    }

    function test_TheTableNamesEveryFunctionThatChangesState() external view {
        for (uint256 i; i < _contracts.length; ++i) {
            string[] memory listed = vm.parseJsonKeys(_table, string.concat(".", _contracts[i]));
            string[] memory made = vm.parseJsonStringArray(_functions, string.concat(".", _contracts[i]));
            assertEq(listed.length, made.length, _contracts[i]);
            for (uint256 j; j < made.length; ++j) assertTrue(_contains(listed, made[j]), made[j]);
        }
        // The demo's play money is for anyone.
        uint256 demos = vm.parseJsonKeys(_functions, "$").length - _contracts.length;
        assertEq(vm.parseJsonKeys(_table, "$").length, _contracts.length, "contracts in the table");
        assertLe(demos, 3, "contracts beside the table");
    }

    function test_EachFunctionLetsInItsRolesAndNobodyElse() external {
        for (uint256 i; i < _contracts.length; ++i) {
            string[] memory names = vm.parseJsonKeys(_table, string.concat(".", _contracts[i]));
            for (uint256 j; j < names.length; ++j) {
                string memory key = string.concat(".", _contracts[i], "['", names[j], "']");
                string memory allowed = vm.parseJsonString(_table, key);
                for (uint256 k; k < _roles.length; ++k) _probe(_contracts[i], names[j], allowed, _roles[k]);
            }
        }
    }

    function _probe(string memory name, string memory signature, string memory allowed, string memory role) private {
        uint256 world = vm.snapshotState();
        bytes memory arguments = _arguments[keccak256(abi.encodePacked(name, signature))];
        if (arguments.length == 0) arguments = new bytes(1024);
        vm.prank(_who[role]);
        (bool done, bytes memory answer) =
            _at[name].call(abi.encodePacked(bytes4(keccak256(bytes(signature))), arguments));
        vm.revertToState(world);
        bool letIn = done || !_isRefusalOfAccess(answer);
        bool expected = _has(allowed, "anyone") || _has(allowed, role);
        assertTrue(letIn == expected, string.concat(name, ".", signature, " for ", role));
    }

    function _meetEveryone() private {
        vm.startPrank(OPERATOR);
        address pool = factory.createPool("pool", EURO_DEAL, 10_000e6, 100e6, START + 90 days);
        address distribution = factory.createDistribution("income", address(euro), "root", 1, START + 90 days);
        vm.stopPrank();
        address[14] memory all = [
            address(service), address(factory), _who["escrow"], address(sale), address(token), pool, distribution,
            address(new Vesting()), address(forwarder), address(new CountryRule()), address(new HoldingPeriodRule()),
            address(new InvestorClassRule()), address(new MaxBalanceRule()), address(new MaxHoldersRule())
        ];
        for (uint256 i; i < all.length; ++i) _at[_contracts[i]] = all[i];
        (_who["owner"], _who["successor"], _who["admin"], _who["operator"]) = (SAM, SUCCESSOR, ADMIN, OPERATOR);
        (_who["agent"], _who["relayer"], _who["payer"], _who["stranger"]) = (AGENT, RELAYER, ALICE, MALLORY);
        (_who["service"], _who["factory"], _who["sale"]) = (address(service), address(factory), address(sale));
    }

    function _sayArguments() private {
        bytes memory forOrder = abi.encode(ORDER, ALICE, ALICE, 0);
        _say("TenantFactory", "requestRefund(bytes32)", forOrder);
        _say("TenantFactory", "settleTimeout(bytes32,address,address,uint256)", forOrder);
        _say("TenantFactory", "saleFailed(bytes32,bytes32)", abi.encode(EURO_DEAL, 0));
        _say("TenantFactory", "salePaidOut(bytes32,address,uint256,uint256)", abi.encode(EURO_DEAL, 0, 0, 0));
        _say("TenantFactory", "saleFinalised(bytes32,uint256,uint256)", abi.encode(EURO_DEAL, 0, 0));
        _say(
            "TenantFactory",
            "purchaseReturned(bytes32,bytes32,address,uint256,uint256)",
            abi.encode(ORDER, EURO_DEAL, ALICE, 0, 0)
        );
        _say("CountryRule", "setCountries(address,bool,uint16[])", abi.encode(token, true, 96, 0));
        _say("HoldingPeriodRule", "setPeriod(address,uint256)", abi.encode(token, 1));
        _say("InvestorClassRule", "setClasses(address,uint256)", abi.encode(token, 1));
        _say("MaxBalanceRule", "setLimit(address,uint256)", abi.encode(token, 1));
        _say("MaxHoldersRule", "setLimit(address,uint256)", abi.encode(token, 1));
    }

    function _say(string memory name, string memory signature, bytes memory arguments) private {
        _arguments[keccak256(abi.encodePacked(name, signature))] = arguments;
    }

    function _isRefusalOfAccess(bytes memory answer) private pure returns (bool) {
        string[15] memory refusals = [
            "OwnableUnauthorizedAccount(address)",
            "AccessControlUnauthorizedAccount(address,bytes32)",
            "TenantFactory_NotTheService(address)",
            "DealDesk_NotTheSale(address)",
            "EscrowDesk_NotTheEscrow(address)",
            "EscrowDesk_NotThePayer(address)",
            "Escrow_NotTheFactory(address)",
            "TokenSale_NotTheFactory(address)",
            "TokenSale_NotAllowed(address)",
            "DealToken_NotTheFactory(address)",
            "DealToken_NotTheSale(address)",
            "DealToken_NotAnAgent(address)",
            "Pool_NotAllowed(address)",
            "Forwarder_NotARelayer(address)",
            "TransferRule_NotAnAdmin(address)"
        ];
        bytes4 got = bytes4(answer);
        for (uint256 i; i < refusals.length; ++i) if (got == bytes4(keccak256(bytes(refusals[i])))) return true;
        return got == bytes4(keccak256("DealToken_NotAnAdmin(address)"));
    }

    function _contains(string[] memory list, string memory item) private pure returns (bool) {
        for (uint256 i; i < list.length; ++i) if (keccak256(bytes(list[i])) == keccak256(bytes(item))) return true;
        return false;
    }

    /// @return Whether `word` is one of the words of `text`.
    function _has(string memory text, string memory word) private pure returns (bool) {
        (bytes memory a, bytes memory b) = (bytes(string.concat(" ", text, " ")), bytes(string.concat(" ", word, " ")));
        for (uint256 i; i + b.length <= a.length; ++i) {
            uint256 same;
            while (same < b.length && a[i + same] == b[same]) ++same;
            if (same == b.length) return true;
        }
        return false;
    }
}
