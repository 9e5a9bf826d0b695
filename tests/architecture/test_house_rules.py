"""The promises of docs/architecture.md that import-linter can't say."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).resolve().parents[2]
PUBLIC = {"service", "events", "errors", "permissions"}
FILES = {
    "models", "rules", "events", "errors", "permissions", "queries", "service", "forms", "views", "admin", "api",
    "tasks", "handlers", "cli",
}  # fmt: skip
LONGEST_FILE = 320
LONGEST_FUNCTION = 60


def sources(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def test_a_modules_inside_is_its_own() -> None:
    graph = grimp.build_graph("app", "tenants")
    trespasses = []
    for importer in graph.modules:
        for imported in graph.find_modules_directly_imported_by(importer):
            here, there = importer.split("."), imported.split(".")
            strangers = here[:2] == there[:2] == ["app", "modules"] and here[2:3] != there[2:3]
            if strangers and there[3:4] and there[3] not in PUBLIC:
                trespasses.append((importer, imported))
    assert trespasses == []


def test_only_one_file_commits() -> None:
    committing = [
        str(path.relative_to(ROOT))
        for path in sources("app", "tenants")
        if re.search(r"\.commit\(\)|session\.begin\(\)", path.read_text())
    ]
    assert committing == ["tenants/session.py"]


def test_modules_hold_only_the_known_files() -> None:
    """`service_funding.py` is a part of `service.py` that became long; so for every file."""
    strange = [
        str(path.relative_to(ROOT))
        for path in sources("app/modules")
        if path.stem != "__init__" and path.parent.parent.name == "modules" and path.stem.split("_")[0] not in FILES
    ]
    assert strange == []


def test_packages_say_what_they_are_and_nothing_else() -> None:
    for path in sources("app", "tenants"):
        if path.name == "__init__.py":
            body = ast.parse(path.read_text()).body
            assert len(body) == 1, path
            assert isinstance(body[0], ast.Expr), path


def test_files_and_functions_stay_short() -> None:
    long = []
    for path in sources("app", "tenants"):
        text = path.read_text()
        if text.count("\n") > LONGEST_FILE:
            long.append(f"{path.relative_to(ROOT)}: {text.count(chr(10))} lines")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or 0) - node.lineno
                if length > LONGEST_FUNCTION:
                    long.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}: {length} lines")
    assert long == []


@pytest.mark.parametrize("name", ["rules", "events", "errors"])
def test_rules_decide_and_do_not_reach(name: str) -> None:
    forbidden = {"sqlalchemy", "flask", "web3", "requests", "tenants", "flask_babel"}
    allowed = {"tenants.settings"} if name != "events" else set()
    for path in sources("app/modules"):
        if path.stem.split("_")[0] != name:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module and node.module not in allowed:
                wanted = node.module.split(".")[0]
                words = {"lazy_gettext", "lazy_ngettext", "LazyString"}
                lazy = wanted == "flask_babel" and {alias.name for alias in node.names} <= words
                assert wanted not in forbidden or lazy, path
                assert not node.module.startswith("app.integrations"), path


def test_time_is_asked_at_the_doors_only() -> None:
    """Services take `now`; the clock is read by lifecycle, worker, tasks, commands."""
    doors = {"clock.py", "lifecycle.py", "deliver.py", "run.py", "tasks.py", "factory.py"}
    asking = [
        str(path.relative_to(ROOT))
        for path in sources("app/core", "app/modules", "app/web", "tenants")
        if re.search(r"clock\.now\(\)|datetime\.now\(|time\.time\(\)", path.read_text())
        and path.name not in doors
        and path.stem.split("_")[0] not in {"cli", "tasks"}
    ]
    assert asking == []


def test_tests_patch_none_of_our_own_code() -> None:
    for path in sources("tests"):
        assert not re.search(r"patch\(\s*[\"'](app|tenants)\.", path.read_text()), path


def test_templates_carry_no_inline_style_or_script() -> None:
    bad = []
    for path in [*(ROOT / "themes").rglob("*.html"), *(ROOT / "app").rglob("*.html")]:
        if "email" in path.parts:  # mail readers know no other style
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if re.search(r"\sstyle=\"|hx-on[:=]|\son[a-z]+=\"|<script(?![^>]*\bnonce=)", line):
                bad.append(f"{path.relative_to(ROOT)}:{number}")
    assert bad == []
