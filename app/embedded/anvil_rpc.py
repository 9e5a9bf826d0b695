"""The few calls that keep a local chain: JSON-RPC over loopback, none of it used by the product itself."""

import gzip
from typing import Any

import requests

from app.embedded.errors import ChainFailed


class AnvilRpc:
    """A client of one anvil. Every call raises `ChainFailed` when there is no good answer within ten seconds."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._session = requests.Session()
        self._session.trust_env = False  # a proxy has no business on loopback

    def call(self, method: str, *params: object) -> Any:
        """The `result` of one call."""
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}
        try:
            answer = self._session.post(self._url, json=body, timeout=10).json()
        except (requests.RequestException, ValueError) as error:
            raise ChainFailed(f"The local chain at {self._url} does not answer.") from error
        if "error" in answer:
            raise ChainFailed(f"The local chain refused {method}: {answer['error'].get('message')}")
        return answer["result"]

    def height(self) -> int:
        """The number of the latest block."""
        return int(self.call("eth_blockNumber"), 16)

    def timestamp(self) -> int:
        """The time of the latest block, in seconds since 1970."""
        return int(self.call("eth_getBlockByNumber", "latest", False)["timestamp"], 16)

    def empty_blocks_on_top(self, most: int) -> int:
        """How many of the newest blocks hold no transaction, counted up to `most`; genesis counts as `most`."""
        height = self.height()
        for depth in range(most):
            if height - depth <= 0:
                return most
            block = self.call("eth_getBlockByNumber", hex(height - depth), False)
            if block["transactions"]:
                return depth
        return most

    def mine(self, blocks: int) -> None:
        """Mine that many blocks."""
        self.call("anvil_mine", hex(blocks), "0x0")

    def dump(self) -> bytes:
        """The whole state as the JSON document that `--load-state` reads."""
        return gzip.decompress(bytes.fromhex(self.call("anvil_dumpState")[2:]))
