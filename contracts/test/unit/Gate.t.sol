// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

import {ERC2771Forwarder} from "@openzeppelin/contracts/metatx/ERC2771Forwarder.sol";
import {IEscrowDesk} from "../../src/interfaces/IEscrowDesk.sol";
import {IForwarder} from "../../src/interfaces/IForwarder.sol";
import {ITokenSale} from "../../src/interfaces/ITokenSale.sol";
import {World} from "../World.sol";

contract GateTest is World {
    uint256 private constant PAID = 5_000e6;
    uint256 private constant CAROL_KEY = 0xCA401;
    uint256 private constant DAVE_KEY = 0xDA7E;

    function test_OnlyThoseOnTheListEnter() external {
        bytes32 leafA = _leaf(ALICE);
        bytes32 leafO = _leaf(OTTO);
        bytes32 root = leafA < leafO
            ? keccak256(abi.encodePacked(leafA, leafO))
            : keccak256(abi.encodePacked(leafO, leafA));
        vm.prank(OPERATOR);
        sale.setGate(root, false, 0);
        vm.expectRevert(abi.encodeWithSelector(ITokenSale.TokenSale_PassNeeded.selector));
        openEuro(ORDER, ALICE, PAID);
        bytes32[] memory proof = new bytes32[](1);
        proof[0] = leafO;
        _enter(ORDER, ALICE, PAID, abi.encode(proof, 0, ""));
        vm.expectRevert(abi.encodeWithSelector(ITokenSale.TokenSale_NotOnTheList.selector, BOB));
        _enter(ORDER_2, BOB, PAID, abi.encode(proof, 0, ""));
        vm.prank(OTTO);
        sale.setGate(0, false, 0);
        openEuro(ORDER_2, BOB, PAID);
    }

    function test_AVoucherNamesPayerInvestmentAmountAndLastSecond() external {
        address carol = vm.addr(CAROL_KEY);
        vm.startPrank(OTTO);
        sale.setGate(0, true, 0);
        factory.grantRole(keccak256("OPERATOR"), carol);
        vm.stopPrank();
        bytes memory pass = _voucher(CAROL_KEY, ORDER, ALICE, PAID, START + 60);
        vm.warp(START + 61);
        vm.expectRevert(abi.encodeWithSelector(ITokenSale.TokenSale_VoucherExpired.selector, START + 60));
        _enter(ORDER, ALICE, PAID, pass);
        vm.warp(START + 60);
        vm.expectPartialRevert(ITokenSale.TokenSale_VoucherNotSigned.selector);
        _enter(ORDER_2, BOB, PAID, pass);
        vm.expectPartialRevert(ITokenSale.TokenSale_VoucherNotSigned.selector);
        _enter(order(2), ALICE, PAID, pass);
        vm.expectPartialRevert(ITokenSale.TokenSale_VoucherNotSigned.selector);
        _enter(ORDER, ALICE, PAID + 1, pass);
        _enter(ORDER, ALICE, PAID, pass);
        assertEq(stateOf(ORDER), 1, "held");
        pass = _voucher(DAVE_KEY, order(2), ALICE, PAID, START + 60);
        vm.expectRevert(abi.encodeWithSelector(ITokenSale.TokenSale_VoucherNotSigned.selector, vm.addr(DAVE_KEY)));
        _enter(order(2), ALICE, PAID, pass);
    }

    function test_AnInvestorHasALimitOverAllInvestments() external {
        vm.prank(OPERATOR);
        sale.setGate(0, false, 4_000e18);
        openEuro(order(1), ALICE, 6_000e6);
        openEuro(order(2), ALICE, 6_000e6);
        release(order(1));
        bytes memory refusal =
            abi.encodeWithSelector(ITokenSale.TokenSale_InvestorLimitExceeded.selector, 4_800e18, 4_000e18);
        vm.expectRevert(refusal);
        release(order(2));
        vm.expectRevert(refusal);
        openEuro(order(3), ALICE, 6_000e6);
        openEuro(order(3), ALICE, 4_000e6);
        release(order(3));
        assertEq(token.balanceOf(ALICE), 4_000e18, "at the limit");
    }

    function test_OnlyOperatorAndAdminSetTheGate() external {
        vm.prank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(ITokenSale.TokenSale_NotAllowed.selector, ALICE));
        sale.setGate(0, false, 0);
    }

    function test_APartIsAcceptedAndTheRestGoesBack() external {
        address escrow = address(openEuro(ORDER, ALICE, PAID));
        vm.startPrank(OPERATOR);
        vm.expectRevert(abi.encodeWithSelector(ITokenSale.TokenSale_BuysNothing.selector, 0));
        factory.releasePart(ORDER, 0);
        vm.expectEmit(address(factory));
        emit IEscrowDesk.EscrowReduced(ORDER, escrow, 3_000e6);
        factory.releasePart(ORDER, 2_000e6);
        sale.fail(REASON);
        vm.stopPrank();
        assertEq(euro.balanceOf(ALICE), 998_000e6, "rest");
        assertEq(token.balanceOf(ALICE), 800e18, "tokens");
        sale.claimRefund(ORDER);
        assertEq(euro.balanceOf(ALICE), 1_000_000e6, "all");
        assertEq(token.totalSupply(), 0, "supply");
    }

    function testFuzz_APartAndTheRestAreTheWhole(uint256 accepted) external {
        accepted = bound(accepted, 3, 2 * PAID);
        openEuro(ORDER, ALICE, PAID);
        vm.prank(OPERATOR);
        factory.releasePart(ORDER, accepted);
        uint256 taken = accepted < PAID ? accepted : PAID;
        assertEq(sale.raised(), taken, "raised");
        assertEq(euro.balanceOf(ALICE), 1_000_000e6 - taken, "alice");
        assertEq(factory.purchaseOf(ORDER).amount, taken, "purchase");
    }

    function test_TheForwarderCarriesAPayersCallAtTheTenantsExpense() external {
        (ERC2771Forwarder.ForwardRequestData memory request, address investor) = _request(CAROL_KEY);
        vm.startPrank(SAM);
        forwarder.setBudget(address(factory), 1 ether);
        forwarder.setRelayer(OPERATOR, true);
        vm.stopPrank();
        vm.expectRevert(abi.encodeWithSelector(IForwarder.Forwarder_NotARelayer.selector, MALLORY));
        _sponsor(MALLORY, request);
        _sponsor(OPERATOR, request);
        (address escrow,,,) = factory.escrowOf(orderOf(1, investor));
        assertEq(escrow, factory.escrowAddress(orderOf(1, investor), EURO_DEAL, investor, PAID), "the signer's escrow");
        uint256 spent = 1 ether - forwarder.budgetOf(address(factory));
        assertTrue(spent > 150_000 gwei && spent < 460_000 gwei, "spent");
    }

    function test_TheForwarderStopsAtTheBudgetAndAtForgery() external {
        (ERC2771Forwarder.ForwardRequestData memory request,) = _request(CAROL_KEY);
        vm.startPrank(SAM);
        forwarder.setRelayer(OPERATOR, true);
        forwarder.setBudget(address(factory), 460_000 gwei - 1);
        vm.stopPrank();
        vm.expectRevert(
            abi.encodeWithSelector(
                IForwarder.Forwarder_BudgetSpent.selector, address(factory), 460_000 gwei, 460_000 gwei - 1
            )
        );
        _sponsor(OPERATOR, request);
        vm.prank(SAM);
        forwarder.setBudget(address(factory), 1 ether);
        request.from = ALICE;
        vm.expectPartialRevert(bytes4(keccak256("ERC2771ForwarderInvalidSigner(address,address)")));
        _sponsor(OPERATOR, request);
        assertEq(forwarder.budgetOf(address(factory)), 1 ether, "nothing spent");
    }

    function _sponsor(address relayer, ERC2771Forwarder.ForwardRequestData memory request) private {
        vm.txGasPrice(1 gwei);
        vm.prank(relayer);
        forwarder.sponsor(request);
    }

    function _request(uint256 key)
        private
        returns (ERC2771Forwarder.ForwardRequestData memory request, address investor)
    {
        investor = vm.addr(key);
        euro.mint(investor, PAID);
        vm.prank(investor);
        euro.approve(address(factory), PAID);
        bytes memory data = abi.encodeCall(factory.openEscrow, (orderOf(1, investor), EURO_DEAL, PAID));
        request = ERC2771Forwarder.ForwardRequestData(
            investor, address(factory), 0, 400_000, uint48(START + 60), data, ""
        );
        bytes32 typehash = keccak256(
            "ForwardRequest(address from,address to,uint256 value,uint256 gas,uint256 nonce,uint48 deadline,bytes data)"
        );
        bytes32 message = keccak256(
            abi.encode(typehash, investor, address(factory), 0, 400_000, 0, START + 60, keccak256(data))
        );
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Portico Forwarder"),
                keccak256("1"),
                block.chainid,
                address(forwarder)
            )
        );
        request.signature = _sign(key, keccak256(abi.encodePacked(hex"1901", domain, message)));
    }

    function _enter(bytes32 id, address payer, uint256 amount, bytes memory pass) private {
        vm.prank(payer);
        factory.openEscrowWithPass(id, EURO_DEAL, amount, pass);
    }

    function _voucher(uint256 key, bytes32 id, address payer, uint256 amount, uint256 deadline)
        private
        view
        returns (bytes memory)
    {
        bytes memory signature = _sign(key, sale.voucherDigest(id, payer, amount, deadline));
        return abi.encode(new bytes32[](0), deadline, signature);
    }

    function _sign(uint256 key, bytes32 digest) private pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    function _leaf(address payer) private pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(payer))));
    }
}
