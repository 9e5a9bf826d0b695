"""The sentences of errors, gathered for the catalogues from class docstrings, titles, and where an error is raised."""

import ast
from collections.abc import Iterator
from pathlib import Path

BASE = "AppError"
Found = tuple[str, int, str]  # file, line, text


def gather(root: Path, sources: tuple[str, ...]) -> Iterator[Found]:
    """Yield each sentence a person can meet in an error, with where it stands."""
    files = {
        file: ast.parse(file.read_text("utf-8")) for source in sources for file in sorted((root / source).rglob("*.py"))
    }
    family = _family(list(files.values()))
    for file, tree in files.items():
        place = file.relative_to(root).as_posix()
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and node.name in family:
                yield from ((place, node.lineno, text) for text in _of_class(node))
            elif isinstance(node, ast.Call) and _name(node.func) in family:
                yield from ((place, node.lineno, text) for text in _of_call(node))


def _family(trees: list[ast.Module]) -> set[str]:
    """Return the names of all errors that descend from the base."""
    classes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    family, before = {BASE}, 0
    while len(family) > before:
        before = len(family)
        family |= {node.name for node in classes if _is_error(node, family)}
    return family - {BASE}


def _is_error(node: ast.ClassDef, family: set[str]) -> bool:
    """Whether a person can meet it: one that comes from the base itself and has no status is for the log alone."""
    bases = {_name(base) for base in node.bases} & family
    return bool(bases - {BASE}) or (bool(bases) and any(_sets(line, "status") for line in node.body))


def _sets(line: ast.stmt, name: str) -> bool:
    return isinstance(line, ast.Assign) and _name(line.targets[0]) == name


def _of_class(node: ast.ClassDef) -> Iterator[str]:
    if sentence := ast.get_docstring(node, clean=False):
        yield sentence
    for line in node.body:
        if isinstance(line, ast.Assign) and _sets(line, "title"):
            yield from _texts([line.value])


def _of_call(node: ast.Call) -> Iterator[str]:
    yield from _texts(node.args[:1])
    for keyword in node.keywords:
        if keyword.arg == "fields" and isinstance(keyword.value, ast.Dict):
            yield from (text for text in _texts(keyword.value.values) if " " in text)  # a single word is a code


def _texts(nodes: list[ast.expr]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value:
            yield node.value


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
