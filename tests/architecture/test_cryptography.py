"""The inventory of cryptography (docs/cryptography.md) names every file that has any, and none that hasn't (B59)."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "cryptography.md"
LIBRARIES = (
    "hashlib", "hmac", "secrets", "ssl", "cryptography", "joserfc", "bcrypt", "argon2", "pyotp", "webauthn", "pkcs11",
    "eth_account", "eth_keys", "eth_utils.crypto", "standardwebhooks", "nacl", "Crypto", "authlib", "jwt",
)  # fmt: skip
BY_HAND = {  # what draws or seals through one of our own files, and belongs into the inventory all the same
    "app/modules/documents/service_sealing.py",
    "deploy/nginx.conf",
}
DRAWN = {"app/web/plates.py", "app/web/plate_art/built.py", "app/web/plate_art/land.py", "app/web/plate_art/made.py"}
WEAK = re.compile(r"\b(md5|sha1|MD5|SHA1|RC4|DES|ECB|Blowfish)\b")


def imports(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def sources() -> dict[str, set[str]]:
    files = [*sorted((ROOT / "app").rglob("*.py")), *sorted((ROOT / "tenants").rglob("*.py"))]
    return {str(file.relative_to(ROOT)): set(imports(file)) for file in files}


def is_of(module: str, libraries: tuple[str, ...]) -> bool:
    return any(module == one or module.startswith(f"{one}.") for one in libraries)


def test_the_inventory_of_cryptography_is_whole() -> None:
    using = {name for name, modules in sources().items() if any(is_of(one, LIBRARIES) for one in modules)}
    named = set(re.findall(r"`((?:app|tenants|deploy)/[\w/.]+)`", PAGE.read_text("utf-8")))
    assert sorted(using - named) == []
    assert sorted(named - using - BY_HAND) == []
    assert len(using) > 50


def test_what_looks_random_elsewhere_draws_pictures() -> None:
    assert {name for name, modules in sources().items() if is_of_random(modules)} == DRAWN


def is_of_random(modules: set[str]) -> bool:
    return any(is_of(one, ("random", "numpy.random")) for one in modules)


def test_no_weak_algorithm_is_named() -> None:
    found = {name: WEAK.findall((ROOT / name).read_text("utf-8")) for name in sources()}
    assert {name: words for name, words in found.items() if words} == {}
