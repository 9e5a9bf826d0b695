"""A passkey made of software: answers what a site asks for, as an honest browser would, or as a dishonest one."""

import base64
import hashlib
import json
import os
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def plain(text: str) -> bytes:
    """Return the bytes of base64url without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def padded(raw: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


@dataclass
class SoftKey:
    """One credential on one device. `origin` is where its browser stands; `host` what it was made for."""

    origin: str
    host: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    id: bytes = field(default_factory=lambda: os.urandom(32))
    count: int = 0
    flags: int = PRESENT | VERIFIED
    user: bytes = b""

    def made(self, ask: str, **lies: Any) -> str:
        """Return the answer to a site that wants a new passkey."""
        asked = json.loads(ask)
        self.user = plain(asked["user"]["id"])
        numbers = self.key.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        data = self._data(self.flags | ATTESTED, lies)
        data += bytes(16) + len(self.id).to_bytes(2, "big") + self.id + cbor2.dumps(public)
        attested = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", asked["challenge"], lies)
        return self._written({"clientDataJSON": padded(client), "attestationObject": padded(attested)})

    def shown(self, ask: str, **lies: Any) -> str:
        """Return the answer to a site that asks for this passkey."""
        asked = json.loads(ask)
        self.count += 1
        data, client = self._data(self.flags, lies), self._client("webauthn.get", asked["challenge"], lies)
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        if lies.get("forged"):
            signature = signature[:-2] + bytes(2)
        answer = {"clientDataJSON": client, "authenticatorData": data, "signature": signature, "userHandle": self.user}
        return self._written({name: padded(raw) for name, raw in answer.items()})

    def _data(self, flags: int, lies: dict[str, Any]) -> bytes:
        host, count = lies.get("host", self.host), lies.get("count", self.count)
        return hashlib.sha256(host.encode()).digest() + bytes([lies.get("flags", flags)]) + count.to_bytes(4, "big")

    def _client(self, kind: str, challenge: str, lies: dict[str, Any]) -> bytes:
        said = {
            "type": lies.get("type", kind),
            "challenge": lies.get("challenge", challenge),
            "origin": lies.get("origin", self.origin),
            "crossOrigin": False,
        }
        return json.dumps(said).encode()

    def _written(self, response: dict[str, str]) -> str:
        whole = {"id": padded(self.id), "rawId": padded(self.id), "type": "public-key", "response": response}
        return json.dumps({**whole, "clientExtensionResults": {}})
