"""OpenID Connect providers on loopback: a real one (npm's oauth2-mock-server), and one that lies as it is told to."""

import base64
import hashlib
import json
import secrets
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import requests
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

CHECKOUT = Path(__file__).resolve().parents[2]
Signer = Callable[["Liar", dict[str, Any]], str]


class Real:
    """npm's oauth2-mock-server in a process of its own; it lets in alice@example.org as `johndoe`."""

    def __init__(self) -> None:
        command = [str(CHECKOUT / ".venv/bin/node"), str(CHECKOUT / "tests/support/provider.mjs")]
        self.process = subprocess.Popen(command, cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.issuer = self._line()

    def renew_keys(self) -> None:
        """Sign with another key from now on."""
        assert self._told("renew") == "done"

    def logout_token(self, **claims: object) -> str:
        """Return a token that says it has ended a session: of back-channel logout, signed by its key."""
        return self._told(f"logout\t{json.dumps(claims)}")

    def leave(self, there: str) -> str:
        """Return where the provider leads somebody back to who signs out there."""
        answer = requests.get(there, allow_redirects=False, timeout=10)
        assert answer.status_code in (302, 303), answer.text
        return answer.headers["Location"]

    def allow(self, there: str) -> str:
        """Return where the provider leads somebody back to whom it has let in."""
        answer = requests.get(there, allow_redirects=False, timeout=10)
        assert answer.status_code in (302, 303), answer.text
        return answer.headers["Location"]

    def close(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait(timeout=10)
        assert self.process.stdout
        self.process.stdout.close()

    def _told(self, order: str) -> str:
        assert self.process.stdin
        self.process.stdin.write(f"{order}\n")
        self.process.stdin.flush()
        return self._line()

    def _line(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline().strip()


@contextmanager
def real() -> Iterator[Real]:
    """Run the real provider."""
    provider = Real()
    try:
        yield provider
    finally:
        provider.close()


def signed(liar: "Liar", claims: dict[str, Any]) -> str:
    """Return an honest signature."""
    return jwt.encode({"alg": "RS256", "kid": liar.key.kid}, claims, liar.key)


@dataclass
class Liar:
    """A provider that checks what it is sent like a strict one, and answers with whatever a test wants."""

    client_id: str = "portico"
    secret: str = "hush: a/secret+with signs"
    subject: str = "sub-alice"
    claims: dict[str, Any] = field(default_factory=dict)  # changes of the ID token; None removes
    sign: Signer = signed
    document: dict[str, Any] = field(default_factory=dict)  # changes of the document
    more: dict[str, Any] = field(default_factory=dict)  # what UserInfo says
    asked: list[str] = field(default_factory=list)
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one", "use": "sig"}))
    others: list[Any] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    issuer: str = ""

    def published(self) -> dict[str, Any]:
        base = self.issuer.rstrip("/")
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{base}/authorize",
            "token_endpoint": f"{base}/token",
            "jwks_uri": f"{base}/keys",
            "userinfo_endpoint": f"{base}/me",
            "end_session_endpoint": f"{base}/out",
            "id_token_signing_alg_values_supported": ["RS256", "ES256", "Ed25519", "HS256", "none"],
            "code_challenge_methods_supported": ["S256"],
            **self.document,
        }

    def keys(self) -> dict[str, Any]:
        return {"keys": [each.as_dict(private=False) for each in (self.key, *self.others)]}

    def allow(self, there: str, **changes: str) -> str:
        """Return where somebody is led back to whom the provider has let in."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(there).query).items()}
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        answer = {"code": code, "state": asked["state"], **changes}
        return asked["redirect_uri"] + "?" + urlencode({name: value for name, value in answer.items() if value})

    def token(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """Answer like a token endpoint (RFC 6749 §4.1.3, RFC 7636 §4.6)."""
        asked = self.codes.pop(form.get("code", ""), None)
        pair = base64.b64decode(authorization.removeprefix("Basic ")).decode() if authorization else ""
        name, _, secret = (part for part in pair.partition(":"))
        wanted = urlencode({"s": self.secret})[2:]
        if name != self.client_id or secret != wanted:
            return 401, {"error": "invalid_client"}
        proof = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).decode().rstrip("=")
        if asked is None or proof != asked["code_challenge"] or form["redirect_uri"] != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant", "error_description": "code not valid"}
        return 200, {"access_token": "opaque", "token_type": "Bearer", "id_token": self.id_token(asked["nonce"])}

    def id_token(self, nonce: str = "") -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "sub": self.subject,
            "aud": self.client_id,
            "iat": now,
            "exp": now + 300,
            "nonce": nonce,
            "email": "alice@example.org",
            "email_verified": True,
            "name": "Alice Archer",
            **self.claims,
        }
        return self.sign(self, {name: value for name, value in claims.items() if value is not None})


def other_key(kind: str = "EC") -> ECKey | OKPKey | OctKey:
    """Return a fresh key of another kind."""
    if kind == "EC":
        return ECKey.generate_key("P-256", {"kid": "ec", "use": "sig"})
    return OKPKey.generate_key("Ed25519", {"kid": "ed", "use": "sig"})


@contextmanager
def liar(path: str = "", **about: Any) -> Iterator[Liar]:
    """Run the other one, at an address of its own."""
    provider = Liar(**about)

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            provider.asked.append(self.path)
            inside = self.path.removeprefix(path)
            if inside == "/.well-known/openid-configuration":
                self._answer(200, provider.published())
            elif inside == "/keys":
                self._answer(200, provider.keys())
            elif inside == "/me":
                self._answer(200, provider.more)
            else:
                self._answer(404, {})

        def do_POST(self) -> None:
            provider.asked.append(self.path)
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self._answer(*provider.token(form, self.headers.get("Authorization", "")))

        def _answer(self, status: int, body: dict[str, Any]) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    provider.issuer = f"http://127.0.0.1:{server.server_address[1]}{path}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
