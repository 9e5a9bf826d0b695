// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

import {DealToken} from "../src/DealToken.sol";
import {Escrow} from "../src/Escrow.sol";
import {Distribution} from "../src/Distribution.sol";
import {Forwarder} from "../src/Forwarder.sol";
import {PlatformService} from "../src/PlatformService.sol";
import {Pool} from "../src/Pool.sol";
import {TenantFactory} from "../src/TenantFactory.sol";
import {TokenSale} from "../src/TokenSale.sol";
import {DemoEuro} from "../src/demo/DemoEuro.sol";
import {IDealDesk} from "../src/interfaces/IDealDesk.sol";
import {Test, Vm} from "./Test.sol";

/// @notice The cast and the stage: sam owns the installation, otto administers acme, alice and bob invest, irene issues,
/// mallory is a stranger. One deal pays in euro, one in native coin.
abstract contract World is Test {
    address internal constant SAM = address(0x5A11);
    address internal constant TREASURY = address(0x7EA5);
    address internal constant OTTO = address(0x0770);
    address internal constant OPERATOR = address(0x0BE4);
    address internal constant ALICE = address(0xA11CE);
    address internal constant BOB = address(0xB0B);
    address internal constant IRENE = address(0x14E4E);
    address internal constant MALLORY = address(0x3A110);

    bytes32 internal constant ACME = bytes32(uint256(0xACE) << 128);
    bytes32 internal constant EURO_DEAL = bytes32(uint256(1) << 128);
    bytes32 internal constant COIN_DEAL = bytes32(uint256(2) << 128);
    /// @dev Alice's, and Bob's: an id carries the last 16 bytes of its payer's address.
    bytes32 internal constant ORDER = bytes32(uint256(0x01DE4) << 128 | uint160(ALICE));
    bytes32 internal constant ORDER_2 = bytes32(uint256(0x02DE4) << 128 | uint160(BOB));
    bytes32 internal constant REASON = "kyc";

    uint64 internal constant START = 1_800_000_000;
    uint16 internal constant FEE = 200;

    DemoEuro internal euro;
    Forwarder internal forwarder;
    PlatformService internal service;
    TenantFactory internal factory;
    DealToken internal token;
    TokenSale internal sale;
    TokenSale internal coinSale;

    function setUp() public virtual {
        vm.warp(START);
        euro = new DemoEuro();
        _deploy();
        vm.startPrank(SAM);
        service.setFee(FEE);
        factory = TenantFactory(service.createTenant(ACME, OTTO, OPERATOR));
        vm.stopPrank();
        (token, sale) = setUpDeal(EURO_DEAL, terms(address(euro)));
        (, coinSale) = setUpDeal(COIN_DEAL, terms(address(0)));
        for (uint160 i; i < 2; ++i) {
            address investor = [ALICE, BOB][i];
            euro.mint(investor, 1_000_000e6);
            vm.deal(investor, 1_000_000e6);
            vm.prank(investor);
            euro.approve(address(factory), type(uint256).max);
        }
    }

    /// @dev The platform's contracts in the order of deployment.json.
    function _deploy() private {
        forwarder = Forwarder(_create("Forwarder", type(Forwarder).creationCode, abi.encode(SAM)));
        address implementation = _create(
            "TenantFactory",
            type(TenantFactory).creationCode,
            abi.encode(
                forwarder,
                _create("DealToken", type(DealToken).creationCode, ""),
                _create("TokenSale", type(TokenSale).creationCode, ""),
                _create("Escrow", type(Escrow).creationCode, ""),
                _create("Pool", type(Pool).creationCode, ""),
                _create("Distribution", type(Distribution).creationCode, "")
            )
        );
        bytes memory arguments = abi.encode(SAM, TREASURY, implementation);
        service = PlatformService(_create("PlatformService", type(PlatformService).creationCode, arguments));
    }

    /// @dev By default what forge compiled for the tests; with PORTICO_SHIPPED_CODE the artifacts, which are what is deployed.
    function _create(string memory name, bytes memory code, bytes memory arguments) internal returns (address) {
        if (vm.envOr("PORTICO_SHIPPED_CODE", false)) {
            string memory artifact = vm.readFile(string.concat("artifacts/", name, ".json"));
            code = vm.parseJsonBytes(artifact, ".bytecode");
        }
        return _createFrom(bytes.concat(code, arguments));
    }

    function _createFrom(bytes memory code) private returns (address made) {
        assembly ("memory-safe") {
            made := create(0, add(code, 0x20), mload(code))
        }
        assertTrue(made != address(0), "contract created");
    }

    /// @return Sane terms: 2.50 a token, 10,000 to 100,000 raised, tickets of 100 to 50,000, open for 60 days from now on.
    function terms(address asset) internal view returns (IDealDesk.SaleParams memory) {
        return IDealDesk.SaleParams({
            token: address(0),
            asset: asset,
            proceeds: IRENE,
            price: 2_500_000,
            softCap: 10_000e6,
            hardCap: 100_000e6,
            opensAt: uint64(block.timestamp),
            closesAt: uint64(block.timestamp) + 60 days,
            minTicket: 100e6,
            maxTicket: 50_000e6
        });
    }

    function setUpDeal(bytes32 dealId, IDealDesk.SaleParams memory params) internal returns (DealToken, TokenSale) {
        vm.prank(OPERATOR);
        (address token_, address sale_) = factory.setUpDeal(dealId, "Harbour View", "HBV", 18, params);
        return (DealToken(token_), TokenSale(payable(sale_)));
    }

    function openEuro(bytes32 id, address payer, uint256 amount) internal returns (Escrow) {
        vm.prank(payer);
        return Escrow(factory.openEscrow(id, EURO_DEAL, amount));
    }

    function openCoin(bytes32 id, address payer, uint256 amount) internal returns (Escrow) {
        vm.prank(payer);
        return Escrow(factory.openEscrow{value: amount}(id, COIN_DEAL, amount));
    }

    /// @return One of Alice's ids.
    function order(uint256 number) internal pure returns (bytes32) {
        return orderOf(number, ALICE);
    }

    /// @return An id as Portico makes them: a UUID in the upper 16 bytes, in the lower what binds it to its payer.
    function orderOf(uint256 number, address payer) internal pure returns (bytes32) {
        return bytes32((0x0DE4 << 112 | number) << 128 | uint128(uint160(payer)));
    }

    function refund(Escrow escrow, address caller) internal {
        vm.prank(caller);
        escrow.refund();
    }

    function finalise(TokenSale sale_) internal {
        vm.warp(sale_.closesAt());
        vm.prank(OPERATOR);
        sale_.finalise();
    }

    function release(bytes32 id) internal {
        vm.prank(OPERATOR);
        factory.release(id);
    }

    function reject(bytes32 id) internal {
        vm.prank(OPERATOR);
        factory.reject(id, REASON);
    }

    /// @return data The body of the recorded event with this selector.
    function _log(bytes32 selector) internal returns (bytes memory data) {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i; i < logs.length; ++i) {
            if (logs[i].topics[0] == selector) data = logs[i].data;
        }
    }

    function stateOf(bytes32 id) internal view returns (uint256 state) {
        (, state,,) = factory.escrowOf(id);
    }
}
