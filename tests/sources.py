"""The project's own files, for the tests that read them."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("bot", "cogs", "data", "engine")


@functools.cache
def modules(*folders: str) -> tuple[Path, ...]:
    """Return the Python files of these folders, relative to the root."""
    found = (path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return tuple(sorted(path.relative_to(ROOT) for path in found))


@functools.cache
def tree(module: Path) -> ast.Module:
    """Return a file's syntax tree."""
    return ast.parse((ROOT / module).read_text(encoding="utf-8"), filename=str(module))


def dotted(module: Path) -> str:
    """Return the name that a file is imported by."""
    parts = module.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(module: Path) -> Iterator[tuple[int, str]]:
    """Yield line and name of everything that a file imports, wherever it does so."""
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.lineno, node.module
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def names_used(module: Path) -> Iterator[tuple[int, str]]:
    """Yield line and text of every dotted name (`os.fsync`) and attribute (`.fsync`) in a file."""
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Attribute):
            yield node.lineno, f".{node.attr}"
            if isinstance(node.value, ast.Name):
                yield node.lineno, f"{node.value.id}.{node.attr}"
        elif isinstance(node, ast.keyword) and node.arg:
            yield node.lineno, f"{node.arg}="
