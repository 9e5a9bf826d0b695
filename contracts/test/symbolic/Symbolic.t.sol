// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

import {DealToken} from "../../src/DealToken.sol";
import {Distribution} from "../../src/Distribution.sol";
import {Escrow} from "../../src/Escrow.sol";
import {Forwarder} from "../../src/Forwarder.sol";
import {PlatformService} from "../../src/PlatformService.sol";
import {Pool} from "../../src/Pool.sol";
import {TenantFactory} from "../../src/TenantFactory.sol";
import {TokenSale} from "../../src/TokenSale.sol";
import {DemoEuro} from "../../src/demo/DemoEuro.sol";
import {IDealDesk} from "../../src/interfaces/IDealDesk.sol";
import {Vm} from "../Test.sol";

/// @notice What is proven for every caller, time and argument instead of tried with many: `scripts/contracts prove` runs each
/// `check_` symbolically. Only a failed `assert` counts there, a revert is an answer.
contract SymbolicTest {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    address private constant SAM = address(0x5A11);
    address private constant TREASURY = address(0x7EA5);
    address private constant OTTO = address(0x0770);
    address private constant OPERATOR = address(0x0BE4);
    address private constant ALICE = address(0xA11CE);
    address private constant IRENE = address(0x14E4E);
    bytes32 private constant ACME = bytes32(uint256(0xACE) << 128);
    bytes32 private constant DEAL = bytes32(uint256(1) << 128);
    bytes32 private constant ORDER = bytes32(uint256(0x01DE4) << 128 | uint160(ALICE));
    uint256 private constant START = 1_800_000_000;
    uint256 private constant PAID = 5_000e6;

    address private _forwarder;
    DemoEuro private _euro;
    PlatformService private _service;
    TenantFactory private _factory;
    TokenSale private _sale;
    Escrow private _escrow;

    function setUp() public {
        vm.warp(START);
        _euro = new DemoEuro();
        _forwarder = address(new Forwarder(SAM));
        address implementation = address(
            new TenantFactory(
                _forwarder,
                address(new DealToken()),
                address(new TokenSale()),
                address(new Escrow()),
                address(new Pool()),
                address(new Distribution())
            )
        );
        _service = new PlatformService(SAM, TREASURY, implementation);
        vm.prank(SAM);
        _factory = TenantFactory(_service.createTenant(ACME, OTTO, OPERATOR));
        IDealDesk.SaleParams memory terms = IDealDesk.SaleParams({
            token: address(0),
            asset: address(_euro),
            proceeds: IRENE,
            price: 2_500_000,
            softCap: 10_000e6,
            hardCap: 100_000e6,
            opensAt: uint64(START),
            closesAt: uint64(START) + 60 days,
            minTicket: 100e6,
            maxTicket: 50_000e6
        });
        vm.prank(OPERATOR);
        (, address sale) = _factory.setUpDeal(DEAL, "Harbour View", "HBV", 18, terms);
        _sale = TokenSale(payable(sale));
        _euro.mint(ALICE, PAID);
        vm.prank(ALICE);
        _euro.approve(address(_factory), PAID);
        vm.prank(ALICE);
        _escrow = Escrow(_factory.openEscrow(ORDER, DEAL, PAID));
    }

    /// @notice Nobody but an operator decides, whatever the id and the amount.
    function check_OnlyOperatorsDecide(address caller, bytes32 id, uint256 accepted, bytes32 reason) external {
        // The forwarder says for whom it calls, after it has checked the signature.
        vm.assume(caller != OPERATOR && caller != _forwarder);
        bool done;
        vm.prank(caller);
        (done,) = address(_factory).call(abi.encodeCall(_factory.release, (id)));
        assert(!done);
        vm.prank(caller);
        (done,) = address(_factory).call(abi.encodeCall(_factory.releasePart, (id, accepted)));
        assert(!done);
        vm.prank(caller);
        (done,) = address(_factory).call(abi.encodeCall(_factory.reject, (id, reason)));
        assert(!done);
        vm.prank(caller);
        (done,) = address(_factory).call(abi.encodeCall(_factory.agreeRefund, (id)));
        assert(!done);
    }

    /// @notice The doors between contracts are shut for everyone else.
    function check_EscrowsObeyTheirFactoryAlone(address caller, uint256 amount) external {
        vm.assume(caller != address(_factory));
        vm.prank(caller);
        (bool done,) = address(_escrow).call(abi.encodeCall(_escrow.release, (amount)));
        assert(!done);
        vm.prank(caller);
        (done,) = address(_escrow).call(abi.encodeCall(_escrow.payBack, (amount)));
        assert(!done);
    }

    /// @notice The payer leaves from the 14th day on and not before; strangers send home from the 30th on and not before.
    function check_ClocksAreKeptToTheSecond(address caller, uint64 time) external {
        vm.assume(time >= START && time < START + 3650 days);
        vm.warp(time);
        vm.prank(caller);
        (bool done,) = address(_escrow).call(abi.encodeCall(_escrow.refund, ()));
        assert(done == (time >= START + (caller == ALICE ? 14 days : 30 days)));
        assert(_euro.balanceOf(ALICE) == (done ? PAID : 0));
    }

    /// @notice Whatever way out is taken first, at whatever time, there is no second one, and no base unit more or less.
    function check_ThereIsOneWayOutOnce(uint8 first, uint8 second, uint64 time) external {
        vm.assume(time >= START && time < START + 3650 days);
        vm.warp(time);
        bool one = _exit(first);
        bool two = _exit(second);
        assert(!(one && two));
        uint256 inSale = _euro.balanceOf(address(_sale));
        uint256 back = _euro.balanceOf(ALICE);
        assert(inSale == 0 || back == 0);
        assert(inSale + back == (one || two ? PAID : 0));
        assert(_euro.balanceOf(address(_escrow)) == PAID - inSale - back);
    }

    /// @notice Of a part, the sale gets the part and the payer the rest; never more than the whole.
    function check_APartIsNeverMoreThanTheWhole(uint256 accepted) external {
        vm.prank(OPERATOR);
        (bool done,) = address(_factory).call(abi.encodeCall(_factory.releasePart, (ORDER, accepted)));
        uint256 inSale = _euro.balanceOf(address(_sale));
        assert(inSale + _euro.balanceOf(ALICE) == (done ? PAID : 0));
        assert(!done || inSale == (accepted < PAID ? accepted : PAID));
    }

    /// @notice No fee is above the ceiling, whoever sets it.
    function check_NoFeeIsAboveTheCeiling(address caller, bytes32 tenant, bool own, uint16 fee) external {
        vm.prank(caller);
        (bool done,) = address(_service).call(abi.encodeCall(_service.setFee, (fee)));
        assert(!done || caller == SAM);
        vm.prank(caller);
        (done,) = address(_service).call(abi.encodeCall(_service.setTenantFee, (tenant, own, fee)));
        assert(!done || caller == SAM);
        assert(_service.feeOf(tenant) <= 500);
        assert(_service.feeOf(ACME) <= 500);
    }

    /// @notice Nobody opens an escrow under an id that names someone else.
    function check_AnIdBelongsToItsPayer(address caller, bytes32 id) external {
        vm.assume(uint128(uint256(id)) != uint128(uint160(caller)) && caller != _forwarder);
        vm.prank(caller);
        (bool done,) = address(_factory).call(abi.encodeCall(_factory.openEscrow, (id, DEAL, PAID)));
        assert(!done);
    }

    /// @notice Only an admin says what a sale accepts beside its own asset, and at which price.
    function check_OnlyAdminsSetPrices(address caller, address asset, uint256 price) external {
        vm.assume(caller != OTTO);
        vm.prank(caller);
        (bool done,) = address(_sale).call(abi.encodeCall(_sale.setAsset, (asset, price)));
        assert(!done);
    }

    function _exit(uint8 which) private returns (bool done) {
        if (which == 0) {
            vm.prank(OPERATOR);
            (done,) = address(_factory).call(abi.encodeCall(_factory.release, (ORDER)));
        } else if (which == 1) {
            vm.prank(OPERATOR);
            (done,) = address(_factory).call(abi.encodeCall(_factory.reject, (ORDER, "no")));
        } else if (which == 2) {
            vm.prank(ALICE);
            (done,) = address(_escrow).call(abi.encodeCall(_escrow.refund, ()));
        } else {
            (done,) = address(_escrow).call(abi.encodeCall(_escrow.refund, ()));
        }
    }
}
