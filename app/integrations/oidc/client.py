"""Questions to an OpenID Connect provider, through the client that reaches public addresses alone.

Documents and keys are asked for by the worker. Exchanging a code is the one question that a request asks
(docs/decisions/0008): a process that answers requests connects its egress here when it starts.
"""

import base64
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus, urlencode

from app.integrations.egress.port import AnswerUnusable, Egress, Request

_JSON = {"accept": "application/json"}


class ProviderSaid(Exception):
    """The provider answered with an error of OAuth: `code` is its word (`invalid_grant`), `text` its explanation."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code}: {text}" if text else code)
        self.code = code
        self.text = text


@dataclass(frozen=True)
class Tokens:
    """What a code was exchanged for."""

    id_token: str
    access_token: str


@dataclass(frozen=True)
class Credentials:
    """How we show who asks. `basic`: in the header (RFC 6749 §2.3.1), else in the form; without a secret: neither."""

    client_id: str
    secret: str
    basic: bool


class OidcClient:
    """Asks providers. Raises AddressRefused, Unreachable and AnswerUnusable of the egress."""

    def __init__(self, egress: Egress) -> None:
        self.egress = egress

    def document(self, url: str) -> Any:
        """Return a JSON document: of a provider, or its keys."""
        answer = self.egress.send(Request(method="GET", url=url, headers=_JSON))
        if answer.status != 200:
            raise AnswerUnusable("The address answered with an error.")
        return answer.json()

    def redeem(self, url: str, *, code: str, verifier: str, back: str, who: Credentials) -> Tokens:
        """Exchange a code for tokens. Raises ProviderSaid."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": verifier}
        headers = {**_JSON, "content-type": "application/x-www-form-urlencoded"}
        if who.secret and who.basic:
            pair = f"{quote_plus(who.client_id)}:{quote_plus(who.secret)}"
            headers["authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        else:
            form["client_id"] = who.client_id
            if who.secret:
                form["client_secret"] = who.secret
        answer = self.egress.send(Request(method="POST", url=url, headers=headers, body=urlencode(form).encode()))
        said = answer.json()
        if not isinstance(said, dict):
            raise AnswerUnusable
        if answer.status != 200 or "error" in said:
            raise ProviderSaid(
                str(said.get("error", answer.status))[:100], str(said.get("error_description", ""))[:300]
            )
        identity, access = said.get("id_token"), said.get("access_token", "")
        if not isinstance(identity, str) or not isinstance(access, str):
            raise AnswerUnusable("The provider sent no identity token.")
        return Tokens(identity, access)

    def person(self, url: str, *, access_token: str) -> dict[str, Any]:
        """Return what the provider says of the person behind an access token (UserInfo)."""
        headers = {**_JSON, "authorization": f"Bearer {access_token}"}
        answer = self.egress.send(Request(method="GET", url=url, headers=headers))
        said = answer.json() if answer.status == 200 else None
        if not isinstance(said, dict):
            raise AnswerUnusable("The provider didn't say who this is.")
        return said


_client: OidcClient | None = None


def connect(egress: Egress) -> None:
    """Let this process ask providers through `egress`."""
    global _client
    _client = OidcClient(egress)


def connected() -> OidcClient:
    """Return what this process asks providers with. Raises RuntimeError before `connect`."""
    if _client is None:
        raise RuntimeError("connect() was not called when this process started")
    return _client
