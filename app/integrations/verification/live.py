"""Etherscan (API v2, one address for all its chains) and Sourcify (API v2)."""

import json
from typing import Any

import requests

from app.integrations.chain.networks import Network
from app.integrations.verification.port import Explorer, ExplorerUnavailable, Outcome, Sources

_PATIENCE = 30.0  # seconds


def explorers(network: Network, *, etherscan_key: str) -> list[Explorer]:
    """Return the explorers that know a chain. Etherscan is asked only with a key."""
    found: list[Explorer] = []
    if network.etherscan and etherscan_key:
        found.append(Etherscan(network.etherscan_api, chain_id=network.chain_id, key=etherscan_key))
    if network.sourcify:
        found.append(Sourcify(network.sourcify_api, chain_id=network.chain_id))
    return found


class Etherscan:
    """Etherscan's family of explorers, by the number of the chain."""

    name = "Etherscan"

    def __init__(self, api: str, *, chain_id: int, key: str) -> None:
        self._api, self._chain_id, self._key = api, chain_id, key

    def submit(self, sources: Sources) -> Outcome:
        fields = {
            "module": "contract",
            "action": "verifysourcecode",
            "apikey": self._key,
            "contractaddress": sources.address,
            "sourceCode": json.dumps(sources.standard_json),
            "codeformat": "solidity-standard-json-input",
            "contractname": sources.identifier,
            "compilerversion": f"v{sources.compiler}",
            "constructorArguements": sources.arguments,  # spelt so since its first version
            "constructorArguments": sources.arguments,  # and so in its newest documentation
        }
        said, result = self._said("POST", data=fields)
        if said == "1":
            return Outcome("pending", result)
        return self._judged(result)

    def check(self, ticket: str) -> Outcome:
        asked = {"module": "contract", "action": "checkverifystatus", "guid": ticket, "apikey": self._key}
        said, result = self._said("GET", params=asked)
        if "pending" in result.lower() or "in progress" in result.lower():
            return Outcome("pending", ticket)
        return Outcome("verified") if said == "1" else self._judged(result)

    def _judged(self, result: str) -> Outcome:
        words = result.lower()
        if "already verified" in words:
            return Outcome("verified")
        if any(part in words for part in ("rate limit", "unable to locate", "timeout", "server too busy")):
            raise ExplorerUnavailable(result)
        return Outcome("failed", words=result[:500])

    def _said(self, method: str, *, params: Any = None, data: Any = None) -> tuple[str, str]:
        asked = {"chainid": str(self._chain_id), **(params or {})}
        answer = _json(_request(method, self._api, params=asked, data=data))
        return str(answer.get("status")), str(answer.get("result"))


class Sourcify:
    """Sourcify, which publishes sources for everybody and asks for no key."""

    name = "Sourcify"

    def __init__(self, api: str, *, chain_id: int) -> None:
        self._api, self._chain_id = api.rstrip("/"), chain_id

    def submit(self, sources: Sources) -> Outcome:
        asked = {
            "stdJsonInput": sources.standard_json,
            "compilerVersion": sources.compiler,
            "contractIdentifier": sources.identifier,
        }
        answer = _request("POST", f"{self._api}/v2/verify/{self._chain_id}/{sources.address}", json=asked)
        body = _json(answer)
        if answer.status_code == 202:
            return Outcome("pending", str(body.get("verificationId")))
        return self._judged(answer.status_code, body)

    def check(self, ticket: str) -> Outcome:
        answer = _request("GET", f"{self._api}/v2/verify/{ticket}")
        body = _json(answer)
        if answer.status_code != 200:
            return self._judged(answer.status_code, body)
        if not body.get("isJobCompleted"):
            return Outcome("pending", ticket)
        if (body.get("contract") or {}).get("match"):
            return Outcome("verified")
        return self._judged(200, body.get("error") or {})

    def _judged(self, status: int, body: dict[str, Any]) -> Outcome:
        code = str(body.get("customCode", ""))
        if code == "already_verified":
            return Outcome("verified")
        if status in (429, 502, 503) or code in ("contract_not_deployed", "cannot_fetch_bytecode", "internal_error"):
            raise ExplorerUnavailable(str(body.get("message", status)))
        return Outcome("failed", words=str(body.get("message") or code or f"answered with {status}")[:500])


def _request(method: str, url: str, **options: Any) -> requests.Response:
    try:
        answer = requests.request(method, url, timeout=_PATIENCE, allow_redirects=False, **options)
    except requests.RequestException as error:
        raise ExplorerUnavailable(f"no answer ({type(error).__name__})") from error
    if answer.status_code >= 500:
        raise ExplorerUnavailable(f"answered with {answer.status_code}")
    return answer


def _json(answer: requests.Response) -> dict[str, Any]:
    try:
        body = answer.json()
    except ValueError as error:
        raise ExplorerUnavailable("answered with something that is no JSON") from error
    if not isinstance(body, dict):
        raise ExplorerUnavailable("answered with something else than an object")
    return body
