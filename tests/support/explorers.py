"""Etherscan's and Sourcify's verification, as their documentation describes them, on loopback.

They don't compile: what they compare is what a compiler's metadata would say, the hash of every source. That is in
our artifacts too, so sources that lack a file, or have one too many or another one, fail as they would there.
"""

import hashlib
import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from eth_utils.crypto import keccak

from app.integrations.chain import abi

KEY = "T0PSECRETKEY"
CHAINS = {11155111, 424242}


@dataclass
class Explorers:
    """Both explorers. `deployed`: address → constructor arguments that are on the chain."""

    deployed: dict[str, str] = field(default_factory=dict)
    verified: set[tuple[str, str]] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    broken: str = ""

    def __post_init__(self) -> None:
        self._jobs: dict[str, dict[str, Any]] = {}
        explorers = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                explorers._answer(self, b"")

            def do_POST(self) -> None:
                explorers._answer(self, self.rfile.read(int(self.headers["Content-Length"])))

            def log_message(self, *_said: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, handler: BaseHTTPRequestHandler, body: bytes) -> None:
        parts = urlsplit(handler.path)
        self.asked.append(f"{handler.command} {parts.path}")
        if self.broken:
            status, said = (200, self.broken) if self.broken.startswith("<") else (int(self.broken), "{}")
        elif parts.path == "/v2/api":
            fields = {key: values[0] for key, values in parse_qs(body.decode(), keep_blank_values=True).items()}
            query = {key: values[0] for key, values in parse_qs(parts.query).items()}
            status, said = 200, json.dumps(self._etherscan(handler.command, query, fields))
        else:
            status, found = self._sourcify(handler.command, parts.path.split("/")[4:], body)
            said = json.dumps(found)
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(said.encode())))
        handler.end_headers()
        handler.wfile.write(said.encode())

    def _etherscan(self, method: str, query: dict[str, str], fields: dict[str, str]) -> dict[str, str]:
        if not query.get("chainid", "").isdigit() or int(query["chainid"]) not in CHAINS:
            return _no("Missing or unsupported chainid parameter (required for v2 api)")
        asked = {**query, **fields}
        if asked.get("apikey") != KEY:
            return _no("Invalid API Key (#err2)|v2-1")
        if asked.get("module") != "contract":
            return _no("Error! Missing Or invalid Module name")
        if (method, asked.get("action")) == ("GET", "checkverifystatus"):
            return self._guid(asked["guid"])
        if (method, asked.get("action")) != ("POST", "verifysourcecode"):
            return _no("Error! Missing Or invalid Action name")
        address = asked.get("contractaddress", "")
        if address not in self.deployed:
            return _no(f"Unable to locate ContractCode at {address}")
        if ("etherscan", address) in self.verified:
            return _no("Contract source code already verified")
        if asked.get("codeformat") != "solidity-standard-json-input" or not asked["compilerversion"].startswith("v"):
            return _no("Invalid or not supported solc version")
        sources = json.loads(asked["sourceCode"])
        arguments = asked["constructorArguements"] == self.deployed[address]
        fits = arguments and matches(sources, asked["contractname"], asked["compilerversion"].removeprefix("v"))
        return _yes(self._job("etherscan", address, fits))

    def _guid(self, guid: str) -> dict[str, str]:
        job = self._jobs.get(guid)
        if job is None:
            return _no("Fail - Unable to verify")
        if self._is_pending(job):
            return _no("Pending in queue")
        return _yes("Pass - Verified") if job["fits"] else _no("Fail - Unable to verify")

    def _sourcify(self, method: str, path: list[str], body: bytes) -> tuple[int, dict[str, Any]]:
        if method == "GET":
            return self._ticket(path[0])
        chain_id, address = path
        if int(chain_id) not in CHAINS:
            return 400, _wrong("unsupported_chain", f"The chain with chainId {chain_id} is not supported")
        asked = json.loads(body)
        if set(asked) - {"stdJsonInput", "compilerVersion", "contractIdentifier", "creationTransactionHash"}:
            return 400, _wrong("invalid_parameter", "request/body must NOT have additional properties")
        if ("sourcify", address) in self.verified:
            return 409, _wrong("already_verified", f"Contract {address} is already verified at runtimeMatch")
        fits = matches(asked["stdJsonInput"], asked["contractIdentifier"], asked["compilerVersion"])
        if address not in self.deployed:
            return 202, {"verificationId": self._job("sourcify", address, fits, "contract_not_deployed")}
        return 202, {"verificationId": self._job("sourcify", address, fits)}

    def _ticket(self, ticket: str) -> tuple[int, dict[str, Any]]:
        job = self._jobs.get(ticket)
        if job is None:
            return 404, _wrong("job_not_found", "No verification job found")
        found: dict[str, Any] = {"verificationId": ticket, "isJobCompleted": not self._is_pending(job)}
        if found["isJobCompleted"]:
            there = job["fits"] and not job["why"]
            match = "exact_match" if there else None
            found["contract"] = {"match": match, "address": job["address"]}
            if not there:
                why = job["why"] or "no_match"
                found["error"] = _wrong(why, "The onchain and recompiled bytecodes don't match.")
        return 200, found

    def _job(self, explorer: str, address: str, fits: bool, why: str = "") -> str:
        ticket = hashlib.sha256(f"{explorer}{address}{len(self._jobs)}".encode()).hexdigest()[:40]
        self._jobs[ticket] = {"explorer": explorer, "address": address, "fits": fits, "why": why, "looks": 0}
        return ticket

    def _is_pending(self, job: dict[str, Any]) -> bool:
        job["looks"] += 1
        if job["looks"] > 1 and job["fits"] and not job["why"]:
            self.verified.add((job["explorer"], job["address"]))
        return bool(job["looks"] <= 1)


def matches(sources: dict[str, Any], identifier: str, compiler: str) -> bool:
    """Tell whether these sources are exactly those that our artifact was compiled from, with the same settings."""
    file, _, name = identifier.partition(":")
    made = abi.artifact(name)
    hashes = [f"{unit} 0x{keccak(text=one['content']).hex()}" for unit, one in sources["sources"].items()]
    settings = {key: value for key, value in sources["settings"].items() if key != "outputSelection"}
    own = hashlib.sha256("\n".join(sorted(hashes)).encode()).hexdigest()
    return (own, file, compiler, settings) == (
        made["sourceHash"],
        made["sourceName"],
        made["compiler"],
        made["settings"],
    )


def _yes(result: str) -> dict[str, str]:
    return {"status": "1", "message": "OK", "result": result}


def _no(result: str) -> dict[str, str]:
    return {"status": "0", "message": "NOTOK", "result": result}


def _wrong(code: str, message: str) -> dict[str, str]:
    return {"customCode": code, "message": message, "errorId": "00000000-0000-4000-8000-000000000000"}
