"""The list of libraries as CycloneDX 1.6, from the pinned lists. Standard library only: it runs before .venv is."""

import base64
import json
import re
import sys
import tomllib
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

ROOT = Path(__file__).resolve().parents[2]
COMPILED_IN = {"@openzeppelin/contracts"}  # npm takes it for a tool: it is part of what stands on the chain
LOCKED = (ROOT, ROOT / "contracts")
RUNTIME, OTHERS = "runtime", ("test", "contracts")
_PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_NAMED = re.compile(r"^([A-Za-z0-9._-]+)")
_ONE_LICENCE = re.compile(r"[A-Za-z0-9.+-]+")


def document(*, everything: bool) -> dict[str, Any]:
    """Return the list: what runs, or with `everything` also what only tests and building need (scope `excluded`)."""
    about = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    own = f"pkg:generic/{about['name']}@{about['version']}"
    listed = sorted([*_python(), *_node()], key=lambda one: str(one["bom-ref"]))
    kept = [one for one in listed if everything or one["scope"] != "excluded"]
    refs = {str(one["bom-ref"]) for one in kept}
    direct = sorted(ref for ref in refs if _plain(ref) in _asked_for())
    body = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": own,
                "name": about["name"],
                "version": about["version"],
                "licenses": [{"license": {"id": "AGPL-3.0-only"}}],
            }
        },
        "components": kept,
        "dependencies": [{"ref": own, "dependsOn": direct}],
        "compositions": [{"aggregate": "incomplete", "dependencies": sorted(refs)}],
    }
    serial = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(body, sort_keys=True))
    return {**body, "serialNumber": f"urn:uuid:{serial}"}


def _python() -> Iterator[dict[str, Any]]:
    runs = dict(_pinned(RUNTIME))
    yield from (_component("pypi", *one, hashes, "required") for one, hashes in runs.items())
    others = {one: hashes for name in OTHERS for one, hashes in _pinned(name)}
    yield from (_component("pypi", *one, hashes, "excluded") for one, hashes in others.items() if one not in runs)


def _pinned(name: str) -> Iterator[tuple[tuple[str, str], list[tuple[str, str]]]]:
    """Yield name and version of each line of a list, with the hashes that pip checks."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text("utf-8").replace("\\\n", " ")
    for line in text.splitlines():
        if found := _PINNED.match(line):
            project = re.sub(r"[-_.]+", "-", found[1]).lower()
            yield (project, found[2]), [("SHA-256", one) for one in sorted(_HASH.findall(line))]


def _node() -> Iterator[dict[str, Any]]:
    seen = set()
    for path, said in (pair for folder in LOCKED for pair in sorted(_locked(folder).items())):
        name = path.rpartition("node_modules/")[2]
        if not name or (name, said["version"]) in seen:
            continue
        seen.add((name, said["version"]))
        kind, _, digest = said["integrity"].partition("-")
        hashes = [({"sha512": "SHA-512", "sha256": "SHA-256"}[kind], base64.b64decode(digest).hex())]
        tool = said.get("dev") and name not in COMPILED_IN
        scope = "excluded" if tool else "optional" if said.get("optional") else "required"
        yield _component("npm", name, said["version"], hashes, scope, said.get("license", ""))


def _locked(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "package-lock.json").read_text("utf-8"))["packages"]
    return found


def _component(
    kind: str, name: str, version: str, hashes: list[tuple[str, str]], scope: str, licence: str = ""
) -> dict[str, Any]:
    purl = f"pkg:{kind}/{quote(name, safe='/')}@{quote(version)}"
    group, _, last = name.rpartition("/")
    body: dict[str, Any] = {"type": "library", "bom-ref": purl, "name": last, "version": version, "scope": scope}
    body |= {"group": group} if group else {}
    body["hashes"] = [{"alg": algorithm, "content": content} for algorithm, content in hashes]
    if licence:
        alone = _ONE_LICENCE.fullmatch(licence) is not None
        body["licenses"] = [{"license": {"id": licence}} if alone else {"expression": licence}]
    return body | {"purl": purl}


def _asked_for() -> set[str]:
    """Return what is asked for by name, and not only because something else needs it."""
    lists = [ROOT / "requirements" / f"{name}.in" for name in (RUNTIME, *OTHERS)]
    lines = [line for file in lists for line in file.read_text("utf-8").splitlines()]
    python = {re.sub(r"[-_.]+", "-", found[1]).lower() for line in lines if (found := _NAMED.match(line))}
    packages = [json.loads((folder / "package.json").read_text("utf-8")) for folder in LOCKED]
    node = {name for one in packages for part in ("dependencies", "devDependencies") for name in one.get(part, {})}
    return {f"pypi/{one}" for one in python} | {f"npm/{quote(one, safe='/')}" for one in node}


def _plain(ref: str) -> str:
    return ref.removeprefix("pkg:").rpartition("@")[0]


if __name__ == "__main__":
    json.dump(document(everything="--all" in sys.argv[1:]), sys.stdout, indent=2, sort_keys=True)
    sys.stdout.write("\n")
