"""Keys in a PKCS#11 security module: secp256k1, made inside, never to leave it."""

import re
from functools import cached_property
from pathlib import Path
from typing import Any

import pkcs11
from eth_keys.datatypes import PublicKey
from eth_keys.datatypes import Signature as Recoverable
from pkcs11.util.ec import encode_named_curve_parameters

from app.integrations.keys.port import ORDER, Signature

_NAME = re.compile(r"^[a-z]+(-[0-9a-f-]{36})?$", re.ASCII)
_CURVE = "1.3.132.0.10"  # secp256k1


class ModuleKey:
    """A key pair of the module, known by its label."""

    def __init__(self, private: Any, public: Any) -> None:
        self._private = private
        self._public = public

    @cached_property
    def _point(self) -> PublicKey:
        encoded = bytes(self._public[pkcs11.Attribute.EC_POINT])
        return PublicKey(encoded[-64:])  # an octet string around 04 ‖ x ‖ y

    @property
    def address(self) -> str:
        return str(self._point.to_checksum_address())

    def sign_digest(self, digest: bytes) -> Signature:
        """Return the module's signature with the lower of the two possible s, and the parity that recovers the key."""
        made = bytes(self._private.sign(digest, mechanism=pkcs11.Mechanism.ECDSA))
        r, s = int.from_bytes(made[:32], "big"), int.from_bytes(made[32:], "big")
        low = min(s, ORDER - s)
        for parity in (0, 1):
            if Recoverable(vrs=(parity, r, low)).recover_public_key_from_msg_hash(digest) == self._point:
                return Signature(parity=parity, r=r, s=low)
        raise ValueError("the module's signature isn't its key's")


class SecurityModule:
    """The keys of one token of a PKCS#11 library. Demo wallets stay in `others`."""

    def __init__(self, library: Path, *, token: str, pin: str) -> None:
        found = pkcs11.lib(str(library)).get_token(token_label=token)
        self._session = found.open(rw=True, user_pin=pin)

    def key(self, name: str) -> ModuleKey:
        """Return a key, which is made inside where it is missing. Raises ValueError for what is no name of a key."""
        if not _NAME.match(name):
            raise ValueError(f"no name of a key: {name!r}")
        try:
            return ModuleKey(
                self._one(name, pkcs11.ObjectClass.PRIVATE_KEY), self._one(name, pkcs11.ObjectClass.PUBLIC_KEY)
            )
        except pkcs11.NoSuchKey:
            return self._make(name)

    def close(self) -> None:
        """End the session with the module."""
        self._session.close()

    def _one(self, name: str, kind: Any) -> Any:
        return self._session.get_key(object_class=kind, key_type=pkcs11.KeyType.EC, label=name)

    def _make(self, name: str) -> ModuleKey:
        curve = {pkcs11.Attribute.EC_PARAMS: encode_named_curve_parameters(_CURVE)}
        parameters = self._session.create_domain_parameters(pkcs11.KeyType.EC, curve, local=True)
        kept = {pkcs11.Attribute.SENSITIVE: True, pkcs11.Attribute.EXTRACTABLE: False}
        public, private = parameters.generate_keypair(store=True, label=name, private_template=kept)
        return ModuleKey(private, public)
