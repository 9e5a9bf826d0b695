// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

import {Escrow} from "../../src/Escrow.sol";
import {ITransferRule} from "../../src/interfaces/ITransferRule.sol";
import {HoldingPeriodRule} from "../../src/rules/HoldingPeriodRule.sol";
import {MaxBalanceRule} from "../../src/rules/MaxBalanceRule.sol";
import {MaxHoldersRule} from "../../src/rules/MaxHoldersRule.sol";
import {World} from "../World.sol";

/// @notice What whole transactions cost once a deal is running, measured on a deal that has sold before, as on a real
/// chain: `scripts/contracts gas` takes the code that ships and runs each call as a transaction of its own, so nothing is warm.
contract GasTable is World {
    uint256 private constant PAID = 5_000e6;
    uint256 private constant ALICE_KEY = 0xA11CE;

    function setUp() public override {
        super.setUp();
        openEuro(orderOf(8, BOB), BOB, PAID);
        release(orderOf(8, BOB));
        openCoin(orderOf(9, BOB), BOB, PAID);
        release(orderOf(9, BOB));
    }

    function test_create() external {
        openCoin(ORDER, ALICE, PAID);
        _snap("escrow_create");
    }

    function test_deposit() external {
        openEuro(ORDER, ALICE, PAID);
        _snap("escrow_deposit");
    }

    function test_depositByPermit() external {
        address investor = vm.addr(ALICE_KEY);
        euro.mint(investor, PAID * 2);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(ALICE_KEY, _permitDigest(investor));
        vm.prank(investor);
        factory.openEscrowWithPermit(orderOf(1, investor), EURO_DEAL, PAID, START, v, r, s);
        _snap("escrow_deposit_permit");
    }

    function test_release() external {
        openEuro(ORDER_2, BOB, PAID);
        release(ORDER_2);
        _snap("escrow_release");
    }

    function test_releaseToANewHolder() external {
        openEuro(ORDER, ALICE, PAID);
        release(ORDER);
        _snap("escrow_release_new_holder");
    }

    function test_releaseTwoTogether() external {
        _releaseTogether(2, 100);
        _snap("escrow_release_2_new_holders");
        _releaseTogether(2, 200);
        _snap("escrow_release_2_holders");
    }

    function test_releaseFiveTogether() external {
        _releaseTogether(5, 100);
        _snap("escrow_release_5_new_holders");
        _releaseTogether(5, 200);
        _snap("escrow_release_5_holders");
    }

    function test_releaseTwentyTogether() external {
        _releaseTogether(20, 100);
        _snap("escrow_release_20_new_holders");
        _releaseTogether(20, 200);
        _snap("escrow_release_20_holders");
    }

    function test_refund() external {
        Escrow escrow = openEuro(ORDER, ALICE, PAID);
        vm.warp(START + 14 days);
        vm.prank(ALICE);
        escrow.refund();
        _snap("escrow_refund");
    }

    function test_reject() external {
        openEuro(ORDER, ALICE, PAID);
        reject(ORDER);
        _snap("escrow_reject");
    }

    function test_transfers() external {
        openEuro(ORDER, ALICE, PAID);
        release(ORDER);
        vm.warp(START + 60 days);
        vm.startPrank(OPERATOR);
        sale.finalise();
        factory.setEligible(OTTO, true);
        vm.stopPrank();
        vm.startPrank(ALICE);
        token.transfer(OTTO, 1e18);
        _snap("transfer_new");
        token.transfer(OTTO, 1e18);
        _snap("transfer_existing");
        vm.stopPrank();
    }

    function test_transfersUnderRules() external {
        openEuro(ORDER, ALICE, PAID);
        release(ORDER);
        finalise(sale);
        vm.prank(OPERATOR);
        factory.setEligible(OTTO, true);
        MaxBalanceRule balance = MaxBalanceRule(_create("MaxBalanceRule", type(MaxBalanceRule).creationCode, ""));
        HoldingPeriodRule period = HoldingPeriodRule(_create("HoldingPeriodRule", type(HoldingPeriodRule).creationCode, ""));
        MaxHoldersRule holders = MaxHoldersRule(_create("MaxHoldersRule", type(MaxHoldersRule).creationCode, ""));
        vm.startPrank(OTTO);
        balance.setLimit(address(token), 1_000_000e18);
        period.setPeriod(address(token), 1 days);
        holders.setLimit(address(token), 100);
        ITransferRule[] memory rules = new ITransferRule[](1);
        rules[0] = balance;
        token.setRules(rules);
        vm.stopPrank();
        _transfer("transfer_new_1_rule");
        _transfer("transfer_existing_1_rule");
        rules = new ITransferRule[](3);
        (rules[0], rules[1], rules[2]) = (balance, period, holders);
        vm.prank(OTTO);
        token.setRules(rules);
        _transfer("transfer_existing_3_rules");
    }

    function test_dealSetup() external {
        setUpDeal("new", terms(address(euro)));
        _snap("deal_setup");
    }

    /// @dev To the same investors each time.
    function _releaseTogether(uint256 count, uint256 from) private {
        bytes32[] memory ids = new bytes32[](count);
        for (uint160 i; i < count; ++i) {
            address investor = address(0xBEEF00 + i);
            ids[i] = orderOf(i + from, investor);
            euro.mint(investor, PAID);
            vm.prank(investor);
            euro.approve(address(factory), PAID);
            openEuro(ids[i], investor, 1_000e6);
        }
        vm.prank(OPERATOR);
        factory.releaseMany(ids);
    }

    function _transfer(string memory name) private {
        vm.prank(ALICE);
        token.transfer(OTTO, 1e18);
        _snap(name);
    }

    function _snap(string memory name) private {
        vm.snapshotGasLastCall("gas", name);
    }

    function _permitDigest(address owner) private view returns (bytes32) {
        bytes32 typehash =
            keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
        bytes32 message = keccak256(abi.encode(typehash, owner, address(factory), PAID, euro.nonces(owner), START));
        return keccak256(abi.encodePacked("\x19\x01", euro.DOMAIN_SEPARATOR(), message));
    }
}
