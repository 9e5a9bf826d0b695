"""The list of libraries (`scripts/sbom`) is what is pinned, in the shape of CycloneDX 1.6 (B59)."""

import json
import re
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PURL = re.compile(r"pkg:(pypi|npm)/[a-z0-9%._/-]+@[A-Za-z0-9%.+_-]+")
LENGTHS = {"SHA-256": 64, "SHA-512": 128}


def sbom(*options: str) -> bytes:
    done = subprocess.run([ROOT / "scripts" / "sbom", *options], capture_output=True, timeout=60, check=True)
    return done.stdout


@pytest.fixture(scope="module")
def whole() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(sbom("--all"))
    return found


def test_the_list_of_libraries_has_the_shape_of_cyclonedx(whole: dict[str, Any]) -> None:
    assert (whole["bomFormat"], whole["specVersion"], whole["version"]) == ("CycloneDX", "1.6", 1)
    assert re.fullmatch(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", whole["serialNumber"])
    known = {"type", "bom-ref", "name", "group", "version", "scope", "hashes", "licenses", "purl"}
    for one in whole["components"]:
        assert set(one) <= known, one
        assert one["type"] == "library"
        assert one["scope"] in ("required", "optional", "excluded")
        assert PURL.fullmatch(one["purl"]), one["purl"]
        assert one["hashes"], one["purl"]
        for each in one["hashes"]:
            assert re.fullmatch(r"[0-9a-f]+", each["content"])
            assert len(each["content"]) == LENGTHS[each["alg"]]
        for each in one.get("licenses", ()):
            assert set(each) in ({"license"}, {"expression"})
    refs = [one["bom-ref"] for one in whole["components"]]
    assert len(refs) == len(set(refs)) > 100
    [own] = whole["dependencies"]
    assert own["ref"] == whole["metadata"]["component"]["bom-ref"]
    assert set(own["dependsOn"]) < set(refs)


def test_the_list_of_libraries_is_what_is_installed(whole: dict[str, Any]) -> None:
    listed = {(one["name"], one["version"]) for one in whole["components"] if one["purl"].startswith("pkg:pypi/")}
    assert ("flask", metadata.version("flask")) in listed
    pinned = set()
    for name in ("runtime", "test", "contracts"):
        text = (ROOT / "requirements" / f"{name}.txt").read_text("utf-8")
        for project, version in re.findall(r"^([A-Za-z0-9._-]+)(?:\[\S*\])?==([^\s;\\]+)", text, re.MULTILINE):
            pinned.add((re.sub(r"[-_.]+", "-", project).lower(), version))
    assert listed == pinned
    locked = {
        (path.rpartition("node_modules/")[2], said["version"])
        for folder in (ROOT, ROOT / "contracts")
        for path, said in json.loads((folder / "package-lock.json").read_text("utf-8"))["packages"].items()
        if path
    }
    assert len([one for one in whole["components"] if one["purl"].startswith("pkg:npm/")]) == len(locked)


def test_what_runs_is_listed_without_what_tests_need() -> None:
    runs = json.loads(sbom())
    names = {one["name"] for one in runs["components"]}
    assert {"flask", "cryptography", "htmx.org", "contracts"} <= names
    assert not {"pytest", "hypothesis", "axe-core"} & names
    assert sbom() == sbom()
