"""A node that is down, slow, stale or lying: a proxy on loopback before a real one, with a switch.

Each mode is one way in which providers have failed. `liar.mode` may be changed at any time; "" passes everything on.
"""

import contextlib
import json
import socket
import struct
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.request import ProxyHandler, Request, build_opener

DELAY = 30.0  # seconds
STALE = 3  # blocks
_FOREIGN = "0x" + "de" * 20
_OTHER_HASH = "0x" + "ab" * 32

FAILING = ("refuse", "reset", "429", "500", "delay", "truncated", "wrong-id", "html", "wrong-chain")
STALE_MODES = ("stale-head", "head-back")
LYING = (
    "null-receipt",
    "foreign-block",
    "status-flipped",
    "forged-address",
    "forged-data",
    "missing-logs",
    "duplicated-logs",
)
SENDING = ("black-hole", "error-though-accepted", "nonce-lie")
MODES = FAILING + STALE_MODES + LYING + SENDING


class Liar:
    """A node at `url` that passes questions on to `upstream`, except for what its mode is about."""

    def __init__(self, upstream: str) -> None:
        self.upstream = upstream
        self.asked = 0
        self.widest = 0  # blocks whose logs may be asked for at once; 0: any number
        self.alone = False  # takes one question at a time
        self._mode = ""
        self._server: ThreadingHTTPServer | None = None
        self._port = 0
        self._turn = 0
        self._open = build_opener(ProxyHandler({}))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def mode(self) -> str:
        return self._mode

    @mode.setter
    def mode(self, mode: str) -> None:
        assert mode in ("", *MODES), mode
        self._mode = mode
        if mode == "refuse":
            self._stop()
        elif self._server is None:
            self._start()

    def __enter__(self) -> Self:
        self._start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stop()

    def _start(self) -> None:
        liar = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                super().setup()
                liar._sockets.add(self.connection)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                liar.asked += 1
                liar._answer(self, json.loads(body))

            def log_message(self, *_said: Any) -> None:
                """Say nothing."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            allow_reuse_address = True

            def handle_error(self, request: Any, client_address: Any) -> None:
                """A connection that was torn down is what was wanted."""

        self._sockets: set[socket.socket] = set()
        self._server = Server(("127.0.0.1", self._port), Handler)
        self._port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def _stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            for one in self._sockets:
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
            self._server = None

    def _answer(self, handler: BaseHTTPRequestHandler, asked: Any) -> None:
        mode = self._mode
        if mode == "reset":
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            handler.close_connection = True  # and the closing is a reset
            return
        if mode in ("429", "500", "html"):
            text = b"<html><body>Bad gateway</body></html>" if mode == "html" else b"{}"
            _reply(handler, text, int(mode) if mode != "html" else 200)
            return
        if mode == "delay":
            time.sleep(DELAY)
        if self.alone and isinstance(asked, list):
            _reply(handler, json.dumps(_error({"id": None}, "batches are not supported")).encode())
            return
        questions = asked if isinstance(asked, list) else [asked]
        answers = [self._one(question) for question in questions]
        text = json.dumps(answers if isinstance(asked, list) else answers[0]).encode()
        if mode == "truncated":
            text = text[: len(text) // 2]
        _reply(handler, text)

    def _one(self, question: dict[str, Any]) -> dict[str, Any]:
        method = question["method"]
        if self._mode in ("stale-head", "head-back"):
            question = self._older(question)
        if method == "eth_sendRawTransaction" and self._mode in SENDING:
            return self._send(question)
        if method == "eth_getLogs" and self.widest:
            first, last = (int(question["params"][0][key], 16) for key in ("fromBlock", "toBlock"))
            if last - first >= self.widest:
                return _error(question, f"block range is too large, the limit is {self.widest}")
        answer = self._forward(question)
        if self._mode == "wrong-id":
            answer["id"] = 987654321
        if self._mode == "wrong-chain" and method == "eth_chainId":
            answer["result"] = "0x1"
        lie = _LIES.get((self._mode, method))
        if lie is not None and answer.get("result") is not None:
            answer["result"] = lie(answer["result"])
        return answer

    def _older(self, question: dict[str, Any]) -> dict[str, Any]:
        """Ask about an older head: always, or every second time."""
        self._turn += 1
        if question["method"] != "eth_getBlockByNumber" or question["params"][0] not in ("latest", "finalized"):
            return question
        if self._mode == "head-back" and self._turn % 2:
            return question
        block = self._forward({**question, "params": [question["params"][0], False]})["result"]
        number = max(0, int(block["number"], 16) - STALE)
        return {**question, "params": [hex(number), question["params"][1]]}

    def _send(self, question: dict[str, Any]) -> dict[str, Any]:
        if self._mode == "black-hole":
            return {"jsonrpc": "2.0", "id": question["id"], "result": _OTHER_HASH}
        if self._mode == "error-though-accepted":
            self._forward(question)
            return _error(question, "internal failure")
        return _error(question, "nonce too low")

    def _forward(self, question: dict[str, Any]) -> dict[str, Any]:
        request = Request(self.upstream, json.dumps(question).encode(), {"Content-Type": "application/json"})
        with self._open.open(request, timeout=20) as answer:
            said: dict[str, Any] = json.loads(answer.read())
        return said


def _reply(handler: BaseHTTPRequestHandler, text: bytes, status: int = 200) -> None:
    with contextlib.suppress(OSError):
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(text)))
        handler.end_headers()
        handler.wfile.write(text)


def _error(question: dict[str, Any], words: str) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": question["id"], "error": {"code": -32000, "message": words}}


def _moved(receipt: dict[str, Any]) -> dict[str, Any]:
    logs = [{**log, "blockHash": _OTHER_HASH} for log in receipt["logs"]]
    return {**receipt, "blockHash": _OTHER_HASH, "logs": logs}


def _flipped(receipt: dict[str, Any]) -> dict[str, Any]:
    return {**receipt, "status": "0x0" if receipt["status"] == "0x1" else "0x1"}


def _forged_address(logs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return logs + [{**log, "address": _FOREIGN, "logIndex": hex(int(log["logIndex"], 16) + 50)} for log in logs[-1:]]


def _forged_data(logs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The right contract and topic, but about another deal."""
    return [{**log, "topics": [log["topics"][0], "0x" + "77" * 32, *log["topics"][2:]]} for log in logs]


_LIES: dict[tuple[str, str], Callable[[Any], Any]] = {
    ("null-receipt", "eth_getTransactionReceipt"): lambda _receipt: None,
    ("foreign-block", "eth_getTransactionReceipt"): _moved,
    ("status-flipped", "eth_getTransactionReceipt"): _flipped,
    ("forged-address", "eth_getLogs"): _forged_address,
    ("forged-data", "eth_getLogs"): _forged_data,
    ("missing-logs", "eth_getLogs"): lambda _logs: [],
    ("duplicated-logs", "eth_getLogs"): lambda logs: logs + logs,
}
