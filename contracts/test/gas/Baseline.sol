// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

/// @notice The textbook escrow we compare with: OpenZeppelin's clone with immutable arguments, decoded as a whole; one
/// transaction creates it, another pays it, and a release mints nothing.
contract BaselineEscrow is ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    struct Terms {
        address asset;
        address payer;
        address payee;
        address treasury;
        address operator;
        uint256 feeBps;
        uint256 decideBy;
        uint256 expiresAt;
    }

    event Invested(address indexed payer, uint256 amount);
    event Released(uint256 amount, uint256 fee);
    event Refunded(address indexed payer, uint256 amount);

    mapping(address payer => uint256) public invested;

    function invest(uint256 amount) external nonReentrant {
        Terms memory its = terms();
        require(block.timestamp < its.expiresAt, "expired");
        invested[msg.sender] += amount;
        emit Invested(msg.sender, amount);
        IERC20(its.asset).safeTransferFrom(msg.sender, address(this), amount);
    }

    function release() external nonReentrant {
        Terms memory its = terms();
        require(msg.sender == its.operator && block.timestamp < its.expiresAt, "not now");
        uint256 amount = invested[its.payer];
        uint256 fee = amount * its.feeBps / 10_000;
        invested[its.payer] = 0;
        emit Released(amount, fee);
        IERC20(its.asset).safeTransfer(its.treasury, fee);
        IERC20(its.asset).safeTransfer(its.payee, amount - fee);
    }

    function refund() external nonReentrant {
        Terms memory its = terms();
        require(msg.sender == its.payer && block.timestamp >= its.decideBy, "not now");
        uint256 amount = invested[msg.sender];
        invested[msg.sender] = 0;
        emit Refunded(msg.sender, amount);
        IERC20(its.asset).safeTransfer(msg.sender, amount);
    }

    function terms() public view returns (Terms memory) {
        return abi.decode(Clones.fetchCloneArgs(address(this)), (Terms));
    }
}

contract BaselineFactory {
    event Created(bytes32 indexed id, address escrow);

    address private immutable _implementation = address(new BaselineEscrow());

    function create(bytes32 id, BaselineEscrow.Terms calldata terms) external returns (address escrow) {
        escrow = Clones.cloneDeterministicWithImmutableArgs(_implementation, abi.encode(terms), id);
        emit Created(id, escrow);
    }
}

/// @notice A security token at its barest: it can be paused, and both sides must be on a list.
contract BaselineToken is ERC20, Pausable {
    mapping(address account => bool) public listed;

    constructor(address holder) ERC20("Baseline", "BASE") {
        _mint(holder, 1e30);
    }

    function list(address account) external {
        listed[account] = true;
    }

    function _update(address from, address to, uint256 amount) internal override whenNotPaused {
        require(from == address(0) || (listed[from] && listed[to]), "not listed");
        super._update(from, to, amount);
    }
}
