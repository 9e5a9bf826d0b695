// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity 0.8.37;

/// @notice The least an ERC-20 can be; each deviant below breaks one habit.
abstract contract Plain {
    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => uint256)) public allowance;

    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
    }

    function _move(address from, address to, uint256 amount) internal virtual {
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
    }

    function _spend(address from, uint256 amount) internal {
        allowance[from][msg.sender] -= amount;
    }
}

abstract contract Returning is Plain {
    function approve(address spender, uint256 amount) external virtual returns (bool) {
        allowance[msg.sender][spender] = amount;
        return true;
    }

    function transfer(address to, uint256 amount) external virtual returns (bool) {
        _move(msg.sender, to, amount);
        return true;
    }

    function transferFrom(address from, address to, uint256 amount) external virtual returns (bool) {
        _spend(from, amount);
        _move(from, to, amount);
        return true;
    }
}

/// @notice Returns nothing, as USDT does.
contract SilentToken is Plain {
    function approve(address spender, uint256 amount) external {
        allowance[msg.sender][spender] = amount;
    }

    function transfer(address to, uint256 amount) external {
        _move(msg.sender, to, amount);
    }

    function transferFrom(address from, address to, uint256 amount) external {
        _spend(from, amount);
        _move(from, to, amount);
    }
}

/// @notice Says no instead of reverting.
contract FalseToken is Returning {
    function transferFrom(address, address, uint256) external pure override returns (bool) {
        return false;
    }
}

/// @notice Keeps a fee of every transfer, from the moment it is switched on.
contract FeeToken is Returning {
    uint256 public feeBps;

    function setFee(uint256 feeBps_) external {
        feeBps = feeBps_;
    }

    function _move(address from, address to, uint256 amount) internal override {
        balanceOf[from] -= amount;
        balanceOf[to] += amount - amount * feeBps / 10_000;
    }
}

/// @notice Changes balances by itself.
contract RebasingToken is Returning {
    function rebase(address account, uint256 balance) external {
        balanceOf[account] = balance;
    }
}

/// @notice Refuses some addresses, as USDC does.
contract BlocklistToken is Returning {
    mapping(address => bool) public blocked;

    function setBlocked(address account, bool blocked_) external {
        blocked[account] = blocked_;
    }

    function _move(address from, address to, uint256 amount) internal override {
        require(!blocked[from] && !blocked[to], "blocked");
        super._move(from, to, amount);
    }
}

/// @notice Stops everyone, as a paused stablecoin does.
contract PausableToken is Returning {
    bool public stopped;

    function setStopped(bool stopped_) external {
        stopped = stopped_;
    }

    function _move(address from, address to, uint256 amount) internal override {
        require(!stopped, "stopped");
        super._move(from, to, amount);
    }
}

/// @notice Calls back on every move, as ERC-777 does.
contract CallbackToken is Returning {
    address public target;
    bytes public data;
    bool public succeeded;

    function callBack(address target_, bytes calldata data_) external {
        (target, data) = (target_, data_);
    }

    function _move(address from, address to, uint256 amount) internal override {
        super._move(from, to, amount);
        if (target != address(0)) (succeeded,) = target.call(data);
    }
}

/// @notice Moves the whole balance when asked for the largest number, as cUSDCv3 does.
contract AllForMaxToken is Returning {
    function transferFrom(address from, address to, uint256 amount) external override returns (bool) {
        if (amount == type(uint256).max) amount = balanceOf[from];
        _spend(from, amount);
        _move(from, to, amount);
        return true;
    }
}

/// @notice Refuses transfers of nothing.
contract NoZeroToken is Returning {
    function _move(address from, address to, uint256 amount) internal override {
        require(amount != 0, "nothing to move");
        super._move(from, to, amount);
    }
}
