// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

import {World} from "../World.sol";
import {BaselineEscrow, BaselineFactory, BaselineToken} from "./Baseline.sol";

/// @notice The same transactions done the textbook way, in the same run as {GasTable}.
contract BaselineGasTable is World {
    uint256 private constant PAID = 5_000e6;

    BaselineFactory private _makes;

    function setUp() public override {
        super.setUp();
        _makes = new BaselineFactory();
        // Issuer and treasury have been paid before, as on a running deal.
        euro.mint(IRENE, 1);
        euro.mint(TREASURY, 1);
    }

    function test_create() external {
        _create();
        _snap("escrow_create");
    }

    function test_deposit() external {
        _paid();
        _snap("escrow_deposit");
    }

    function test_release() external {
        BaselineEscrow escrow = _paid();
        vm.prank(OPERATOR);
        escrow.release();
        _snap("escrow_release");
    }

    function test_refund() external {
        BaselineEscrow escrow = _paid();
        vm.warp(START + 14 days);
        vm.prank(ALICE);
        escrow.refund();
        _snap("escrow_refund");
    }

    function test_approve() external {
        vm.prank(BOB);
        euro.approve(address(0xE5C), PAID);
        _snap("approve");
    }

    function test_transfers() external {
        BaselineToken token_ = new BaselineToken(ALICE);
        token_.list(ALICE);
        token_.list(OTTO);
        vm.startPrank(ALICE);
        token_.transfer(OTTO, 1e18);
        _snap("transfer_new");
        token_.transfer(OTTO, 1e18);
        _snap("transfer_existing");
        vm.stopPrank();
    }

    function _create() private returns (BaselineEscrow) {
        vm.prank(OPERATOR);
        return BaselineEscrow(
            _makes.create(
                ORDER,
                BaselineEscrow.Terms(
                    address(euro), ALICE, IRENE, TREASURY, OPERATOR, FEE, START + 14 days, START + 30 days
                )
            )
        );
    }

    function _paid() private returns (BaselineEscrow escrow) {
        escrow = _create();
        vm.startPrank(ALICE);
        euro.approve(address(escrow), type(uint256).max);
        escrow.invest(PAID);
        vm.stopPrank();
    }

    function _snap(string memory name) private {
        vm.snapshotGasLastCall("gas-baseline", name);
    }
}
