// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

import {Distribution} from "../../src/Distribution.sol";
import {Vesting} from "../../src/Vesting.sol";
import {IDistribution} from "../../src/interfaces/IDistribution.sol";
import {IVesting} from "../../src/interfaces/IVesting.sol";
import {FeeToken} from "../deviant/Tokens.sol";
import {World} from "../World.sol";

/// @notice What distributions and grants refuse.
contract IncomeTest is World {
    function test_IncomeIsBroughtInFull() external {
        FeeToken odd = new FeeToken();
        Distribution income = _distribution("odd", address(odd));
        odd.mint(IRENE, 1_000);
        odd.setFee(100);
        vm.startPrank(IRENE);
        odd.approve(address(income), 1_000);
        vm.expectRevert(abi.encodeWithSelector(IDistribution.Distribution_AmountNotReceived.selector, 990, 1_000));
        income.fund();
        vm.stopPrank();
        assertEq(income.left(), 0, "nothing brought");
    }

    function test_CoinMustBeExactlyTheTotalOrNothing() external {
        Distribution inEuro = _distribution("euro", address(euro));
        Distribution inCoin = _distribution("coin", address(0));
        euro.mint(IRENE, 1_000);
        vm.deal(IRENE, 3_000);
        vm.startPrank(IRENE);
        euro.approve(address(inEuro), 1_000);
        vm.expectRevert(abi.encodeWithSelector(IDistribution.Distribution_WrongValue.selector, 1, 0));
        inEuro.fund{value: 1}();
        vm.expectRevert(abi.encodeWithSelector(IDistribution.Distribution_WrongValue.selector, 999, 1_000));
        inCoin.fund{value: 999}();
        vm.expectRevert(abi.encodeWithSelector(IDistribution.Distribution_WrongValue.selector, 1_001, 1_000));
        inCoin.fund{value: 1_001}();
        inCoin.fund{value: 1_000}();
        vm.stopPrank();
        assertEq(inCoin.left(), 1_000, "left");
        vm.warp(START + 365 days);
        inCoin.reclaim();
        assertEq(IRENE.balance, 3_000, "back to whoever brought it");
    }

    function test_AGrantTakesSomeTimeAndItsCliffLiesWithin() external {
        Vesting vault = Vesting(_create("Vesting", type(Vesting).creationCode, ""));
        uint40[3][4] memory wrong =
            [[uint40(10), 9, 20], [uint40(10), 21, 20], [uint40(10), 10, 10], [uint40(20), 20, 10]];
        euro.mint(ALICE, 1_000);
        vm.startPrank(ALICE);
        euro.approve(address(vault), 1_000);
        for (uint256 i; i < 4; ++i) {
            (uint40 start, uint40 cliff, uint40 end) = (wrong[i][0], wrong[i][1], wrong[i][2]);
            vm.expectRevert(abi.encodeWithSelector(IVesting.Vesting_WrongTimes.selector, start, cliff, end));
            vault.grant(address(euro), BOB, 1_000, start, cliff, end);
        }
        vault.grant(address(euro), BOB, 1_000, 10, 20, 20);
        vm.stopPrank();
    }

    function _distribution(bytes32 id, address asset) private returns (Distribution) {
        vm.prank(OPERATOR);
        return Distribution(factory.createDistribution(id, asset, "root", 1_000, START + 365 days));
    }
}
