// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

import {Ownable, Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {ERC2771Forwarder} from "@openzeppelin/contracts/metatx/ERC2771Forwarder.sol";
import {IForwarder} from "./interfaces/IForwarder.sol";

/// @title Forwarder
/// @notice See {IForwarder}. It holds no money: budgets are counts, the relayer pays.
contract Forwarder is IForwarder, ERC2771Forwarder, Ownable2Step {
    /// @dev What a transaction costs around the carried call: its base cost, calldata, and this contract's own work.
    uint256 private constant OVERHEAD = 60_000;

    /// @inheritdoc IForwarder
    mapping(address factory => uint256) public override budgetOf;
    /// @inheritdoc IForwarder
    mapping(address account => bool) public override isRelayer;

    constructor(address owner_) ERC2771Forwarder("Portico Forwarder") Ownable(owner_) {}

    /// @inheritdoc IForwarder
    function setBudget(address factory, uint256 budget) external override onlyOwner {
        budgetOf[factory] = budget;
        emit BudgetSet(factory, budget);
    }

    /// @inheritdoc IForwarder
    function setRelayer(address account, bool allowed) external override onlyOwner {
        isRelayer[account] = allowed;
        emit RelayerSet(account, allowed);
    }

    /// @inheritdoc IForwarder
    function sponsor(ForwardRequestData calldata request) external payable override {
        // Check
        if (!isRelayer[msg.sender]) revert Forwarder_NotARelayer(msg.sender);
        uint256 budget = budgetOf[request.to];
        uint256 most = (request.gas + OVERHEAD) * tx.gasprice;
        if (most > budget) revert Forwarder_BudgetSpent(request.to, most, budget);

        // Effect: reserved in full first, so that a call that comes back here finds less
        budgetOf[request.to] = budget - most;
        uint256 gasBefore = gasleft();

        // Interaction
        execute(request);

        // The rest is given back; what was really spent is known only now.
        uint256 spent = (gasBefore - gasleft() + OVERHEAD) * tx.gasprice;
        uint256 left = budgetOf[request.to] + (most > spent ? most - spent : 0);
        budgetOf[request.to] = left;
        emit Sponsored(request.to, request.from, spent, left);
    }
}
