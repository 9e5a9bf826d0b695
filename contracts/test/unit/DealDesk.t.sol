// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

import {PlatformService} from "../../src/PlatformService.sol";
import {TenantFactory} from "../../src/TenantFactory.sol";
import {DealToken} from "../../src/DealToken.sol";
import {TokenSale} from "../../src/TokenSale.sol";
import {IDealDesk} from "../../src/interfaces/IDealDesk.sol";
import {IPlatformService} from "../../src/interfaces/IPlatformService.sol";
import {ITenantFactory} from "../../src/interfaces/ITenantFactory.sol";
import {World} from "../World.sol";

contract DealDeskTest is World {
    bytes32 private constant DEAL = bytes32(uint256(77) << 128);

    function test_ADealIsSetUpStepByStep() external {
        vm.startPrank(OPERATOR);
        _expectStage(0);
        DealToken made = DealToken(factory.createToken(DEAL, "Harbour View Notes", "HBV", 6));
        _expectStage(1);
        IDealDesk.SaleParams memory params = terms(address(euro));
        params.token = address(made);
        TokenSale offer = TokenSale(payable(factory.createSale(DEAL, params)));
        _expectStage(2);
        vm.expectEmit(address(factory));
        emit IDealDesk.SaleConfigured(DEAL);
        factory.configureSale(DEAL);
        _expectStage(3);
        vm.expectEmit(address(factory));
        emit IDealDesk.SaleActivated(DEAL);
        factory.activateSale(DEAL);
        _expectStage(4);
        vm.stopPrank();
        assertEq(made.name(), "Harbour View Notes", "name");
        assertEq(made.symbol(), "HBV", "symbol");
        assertEq(made.decimals(), 6, "decimals");
        assertEq(made.sale(), address(offer), "minter");
        _checkTerms(offer, params);
    }

    function test_EachStepHasItsStage() external {
        vm.startPrank(OPERATOR);
        IDealDesk.SaleParams memory params = terms(address(euro));
        _expectWrongStage(0);
        factory.createSale(DEAL, params);
        params.token = factory.createToken(DEAL, "N", "S", 18);
        _expectWrongStage(1);
        factory.createToken(DEAL, "N", "S", 18);
        _expectWrongStage(1);
        factory.configureSale(DEAL);
        factory.createSale(DEAL, params);
        _expectWrongStage(2);
        factory.activateSale(DEAL);
        _expectWrongStage(2);
        factory.createSale(DEAL, params);
        factory.configureSale(DEAL);
        factory.activateSale(DEAL);
        _expectWrongStage(4);
        factory.activateSale(DEAL);
        _expectWrongStage(4);
        factory.setUpDeal(DEAL, "N", "S", 18, params);
        vm.stopPrank();
    }

    function test_TermsThatMakeNoSenseAreNamed() external {
        IDealDesk.SaleParams memory params = terms(address(euro));
        params.proceeds = address(0);
        _refuses(params, abi.encodeWithSelector(IDealDesk.DealDesk_NoProceeds.selector));
        params = terms(address(euro));
        params.price = 0;
        _refuses(params, abi.encodeWithSelector(IDealDesk.DealDesk_NoPrice.selector));
        params = terms(address(euro));
        params.softCap = params.hardCap + 1;
        _refuses(params, abi.encodeWithSelector(IDealDesk.DealDesk_WrongCaps.selector, params.softCap, params.hardCap));
        (params.softCap, params.hardCap) = (0, 0);
        _refuses(params, abi.encodeWithSelector(IDealDesk.DealDesk_WrongCaps.selector, 0, 0));
        params = terms(address(euro));
        params.minTicket = params.maxTicket + 1;
        _refuses(params, abi.encodeWithSelector(IDealDesk.DealDesk_WrongTickets.selector, 50_000e6 + 1, 50_000e6));
        params = terms(address(euro));
        params.closesAt = params.opensAt;
        _refuses(params, abi.encodeWithSelector(IDealDesk.DealDesk_WrongSchedule.selector, START, START));
        (params.opensAt, params.closesAt) = (START - 2, START);
        _refuses(params, abi.encodeWithSelector(IDealDesk.DealDesk_WrongSchedule.selector, START - 2, START));
        params = terms(address(euro));
        (params.hardCap, params.price) = (2 ** 95, 1);
        _refuses(params, abi.encodeWithSelector(IDealDesk.DealDesk_SupplyTooLarge.selector, 2 ** 95 * 1e18));
    }

    function test_TokensHaveBounds() external {
        vm.startPrank(OPERATOR);
        vm.expectRevert(abi.encodeWithSelector(IDealDesk.DealDesk_NoDeal.selector));
        factory.createToken(0, "N", "S", 18);
        vm.expectRevert(abi.encodeWithSelector(IDealDesk.DealDesk_TooManyDecimals.selector, 19));
        factory.createToken(DEAL, "N", "S", 19);
        vm.expectRevert(abi.encodeWithSelector(IDealDesk.DealDesk_NameTooLong.selector));
        factory.createToken(DEAL, "N", "seventeen letters", 18);
        IDealDesk.SaleParams memory params = terms(address(euro));
        params.token = address(token);
        address made = factory.createToken(DEAL, "", "", 0);
        vm.expectRevert(abi.encodeWithSelector(IDealDesk.DealDesk_WrongToken.selector, address(token), made));
        factory.createSale(DEAL, params);
        vm.stopPrank();
        assertEq(DealToken(made).name(), "", "name");
    }

    function test_ATenantsFactoryIsWhereItWasForetold() external {
        address foretold = service.factoryAddress("zeta");
        vm.startPrank(SAM);
        vm.expectEmit(address(service));
        emit IPlatformService.TenantCreated("zeta", foretold, MALLORY, BOB);
        TenantFactory zeta = TenantFactory(service.createTenant("zeta", MALLORY, BOB));
        assertEq(address(zeta), foretold, "address");
        assertEq(service.factoryOf("zeta"), foretold, "known");
        assertEq(zeta.tenantId(), "zeta", "tenant");
        assertEq(zeta.service(), address(service), "service");
        assertTrue(zeta.hasRole(zeta.ADMIN_ROLE(), MALLORY), "admin");
        assertTrue(zeta.hasRole(zeta.AGENT_ROLE(), MALLORY), "agent");
        assertTrue(zeta.hasRole(zeta.OPERATOR_ROLE(), BOB), "operator");
        vm.expectRevert(abi.encodeWithSelector(IPlatformService.PlatformService_TenantExists.selector, bytes32("zeta"), zeta));
        service.createTenant("zeta", MALLORY, BOB);
        vm.expectRevert(abi.encodeWithSelector(ITenantFactory.TenantFactory_NotTheService.selector, SAM));
        zeta.initialize(SAM, SAM);
        vm.stopPrank();
    }

    function test_ATenantNeedsAllItsParts() external {
        vm.startPrank(SAM);
        vm.expectRevert(abi.encodeWithSelector(IPlatformService.PlatformService_NoTenant.selector));
        service.createTenant(0, OTTO, OPERATOR);
        vm.expectRevert(abi.encodeWithSelector(IPlatformService.PlatformService_NoAdmin.selector));
        service.createTenant("zeta", address(0), OPERATOR);
        vm.expectRevert(abi.encodeWithSelector(IPlatformService.PlatformService_NoOperator.selector));
        service.createTenant("zeta", OTTO, address(0));
        vm.stopPrank();
    }

    function test_TheCeilingItselfIsAFeeTheNextIsNot() external {
        vm.startPrank(SAM);
        service.setFee(500);
        vm.expectRevert(abi.encodeWithSelector(IPlatformService.PlatformService_FeeAboveCeiling.selector, 501, 500));
        service.setFee(501);
        vm.stopPrank();
        assertEq(service.feeBps(), 500, "fee");
    }

    function testFuzz_NoFeeIsAboveTheCeiling(uint16 fee) external {
        vm.startPrank(SAM);
        if (fee > 500) {
            vm.expectRevert(abi.encodeWithSelector(IPlatformService.PlatformService_FeeAboveCeiling.selector, fee, 500));
        }
        service.setFee(fee);
        if (fee > 500) {
            vm.expectRevert(abi.encodeWithSelector(IPlatformService.PlatformService_FeeAboveCeiling.selector, fee, 500));
        }
        service.setTenantFee(ACME, true, fee);
        vm.stopPrank();
        assertEq(service.feeOf(ACME), fee > 500 ? FEE : fee, "fee");
    }

    function test_ATenantsOwnFeeComesAndGoes() external {
        vm.startPrank(SAM);
        service.setTenantFee(ACME, true, 0);
        assertEq(service.feeOf(ACME), 0, "own");
        assertEq(service.feeOf("zeta"), FEE, "common");
        service.setTenantFee(ACME, false, 0);
        assertEq(service.feeOf(ACME), FEE, "common again");
        vm.stopPrank();
    }

    function test_OwnershipGoesInTwoStepsAndNeverAway() external {
        vm.startPrank(SAM);
        service.transferOwnership(OTTO);
        assertEq(service.owner(), SAM, "still sam");
        vm.expectRevert(abi.encodeWithSelector(IPlatformService.PlatformService_OwnerMustStay.selector));
        service.renounceOwnership();
        vm.expectRevert(abi.encodeWithSelector(IPlatformService.PlatformService_NoTreasury.selector));
        service.setTreasury(address(0));
        vm.stopPrank();
        vm.prank(OTTO);
        service.acceptOwnership();
        assertEq(service.owner(), OTTO, "otto");
    }

    function _checkTerms(TokenSale offer, IDealDesk.SaleParams memory params) private view {
        assertEq(offer.factory(), address(factory), "factory");
        assertEq(offer.token(), params.token, "token");
        assertEq(offer.asset(), params.asset, "asset");
        assertEq(offer.proceeds(), params.proceeds, "proceeds");
        assertEq(offer.dealId(), DEAL, "deal");
        assertEq(offer.price(), params.price, "price");
        assertEq(offer.softCap(), params.softCap, "soft cap");
        assertEq(offer.hardCap(), params.hardCap, "hard cap");
        assertEq(offer.opensAt(), params.opensAt, "opening");
        assertEq(offer.closesAt(), params.closesAt, "closing");
        assertEq(offer.minTicket(), params.minTicket, "smallest ticket");
        assertEq(offer.maxTicket(), params.maxTicket, "largest ticket");
        assertEq(offer.feeBps(), FEE, "fee");
        assertEq(offer.quote(2_500_000), 1e6, "one token");
    }

    function _expectStage(uint256 stage) private view {
        (,, uint8 now_) = factory.dealOf(DEAL);
        assertEq(now_, stage, "stage");
    }

    function _expectWrongStage(uint8 stage) private {
        vm.expectRevert(abi.encodeWithSelector(IDealDesk.DealDesk_WrongStage.selector, DEAL, stage));
    }

    function _refuses(IDealDesk.SaleParams memory params, bytes memory refusal) private {
        vm.prank(OPERATOR);
        vm.expectRevert(refusal);
        factory.setUpDeal(DEAL, "N", "S", 18, params);
    }
}
