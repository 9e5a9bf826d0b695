"""JSON-RPC over HTTP that believes nothing: an answer is to the question that was asked, or it is none."""

import json
from collections.abc import Sequence
from itertools import count
from typing import Any

from web3 import HTTPProvider
from web3.types import RPCEndpoint, RPCResponse

_PATIENCE = 10.0  # seconds for one answer
_TOGETHER = 100  # questions in one request


class NoAnswer(ValueError):
    """What came back is no answer to what was asked."""


class NotTogether(Exception):
    """This node takes no questions together."""


class StrictProvider(HTTPProvider):
    """web3's provider, with ids that are compared and lists of questions of one kind."""

    def __init__(self, url: str) -> None:
        options: dict[str, Any] = {"timeout": _PATIENCE}
        if url.startswith(("http://127.0.0.1", "http://localhost")):
            options["proxies"] = {"http": None, "https": None}  # a proxy of the environment has no business on loopback
        super().__init__(url or None, request_kwargs=options, exception_retry_configuration=None)
        self._numbers = count(1)

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        """Return the node's answer. Raises NoAnswer for one to another question, and what requests raises."""
        number = next(self._numbers)
        asked = self._asked(number, method, params)
        answer = self._post(asked)
        if not isinstance(answer, dict) or answer.get("id") != number or not {"result", "error"} & set(answer):
            raise NoAnswer("the answer is to another question")
        return answer  # type: ignore[return-value]

    def many(self, method: str, params: Sequence[Sequence[Any]]) -> list[Any]:
        """Return the results of one method for many parameters, in order. Raises NotTogether, NoAnswer."""
        results: list[Any] = []
        for start in range(0, len(params), _TOGETHER):
            results += self._together(method, params[start : start + _TOGETHER])
        return results

    def _together(self, method: str, params: Sequence[Sequence[Any]]) -> list[Any]:
        numbers = [next(self._numbers) for _ in params]
        asked = [self._asked(number, method, one) for number, one in zip(numbers, params, strict=True)]
        answers = self._post(b"[" + b",".join(asked) + b"]")
        if not isinstance(answers, list):
            raise NotTogether
        by_number = {answer.get("id"): answer for answer in answers if isinstance(answer, dict)}
        if set(by_number) != set(numbers) or len(answers) != len(numbers):
            raise NoAnswer("the answers are to other questions")
        if any("result" not in answer for answer in by_number.values()):
            raise NotTogether
        return [by_number[number]["result"] for number in numbers]

    def _asked(self, number: int, method: str, params: Any) -> bytes:
        question = {"jsonrpc": "2.0", "id": number, "method": method, "params": params or []}
        return json.dumps(question, default=_plain).encode()

    def _post(self, body: bytes) -> Any:
        return json.loads(self._make_request(RPCEndpoint(""), body))


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return "0x" + value.hex()
    raise TypeError(f"no parameter of a question: {value!r}")
