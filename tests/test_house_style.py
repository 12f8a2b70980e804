"""The house style, where no tool checks it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.sources import PACKAGES, ROOT, imported, modules, names_used, tree

MOST_LINES = 300
MOST_LINES_OF_A_TEST = 400
NAMES_THAT_SAY_NOTHING = {"utils", "util", "helpers", "common", "misc", "stuff"}

#: What differs between POSIX and Windows, and the places that may know.
SYSTEM_MODULES = {"fcntl", "msvcrt", "resource", "signal", "pwd", "grp", "termios", "ctypes"}
SYSTEM_CALLS = {
    "os.fork",
    "os.kill",
    "os.killpg",
    "os.setsid",
    "os.getuid",
    "os.geteuid",
    "os.nice",
    "os.O_DIRECTORY",
    "os.sched_getaffinity",
    "socket.AF_UNIX",
    ".add_signal_handler",
    ".start_unix_server",
    ".open_unix_connection",
    "preexec_fn=",
}
FSYNC = "os.fsync"
DURABLE = Path("data/durable.py")

SQL = re.compile(
    r"\s*(SELECT\s.+\sFROM|INSERT\s+(OR\s+\w+\s+)?INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM)\b"
)


def named(paths: tuple[Path, ...]) -> list[pytest.ParameterSet]:
    return [pytest.param(path, id=path.as_posix()) for path in paths]


OURS = modules(*PACKAGES)


def test_there_is_something_to_check() -> None:
    assert len(OURS) > 10


@pytest.mark.parametrize("module", named((*OURS, *modules("tests"), Path("start.py"))))
def test_file_is_short_enough_to_read(module: Path) -> None:
    most = MOST_LINES_OF_A_TEST if module.parts[0] == "tests" else MOST_LINES
    lines = (ROOT / module).read_text(encoding="utf-8").count("\n")
    assert lines <= most, f"{module} has {lines} lines: find the second noun in it"


def test_file_names_say_what_is_in_them() -> None:
    bad = [path for path in OURS if path.stem in NAMES_THAT_SAY_NOTHING]
    assert bad == []


def test_every_folder_of_code_is_a_package() -> None:
    """A folder without `__init__.py` works here and is missing from the wheel."""
    folders = {module.parent for module in OURS}
    assert [
        folder for folder in sorted(folders) if not (ROOT / folder / "__init__.py").exists()
    ] == []


def test_every_noqa_and_type_ignore_has_a_reason() -> None:
    bare = re.compile(
        r"# noqa(?!: [A-Z0-9, ]+[ -]+[a-z])|# (?:type|pyright): ignore(?!\[[\w, ]+\][ -]+\w)"
    )
    found = [
        f"{module}:{number}"
        for module in (*OURS, Path("start.py"))
        for number, line in enumerate((ROOT / module).read_text(encoding="utf-8").splitlines(), 1)
        if bare.search(line)
    ]
    assert found == [], "add the reason: `# noqa: CODE - why`, `# pyright: ignore[rule] - why`"


def test_only_the_platform_package_knows_the_system() -> None:
    found = [
        f"{module}:{line} {name}"
        for module in OURS
        if module.parts[:2] != ("bot", "platform")
        for line, name in (*imported(module), *names_used(module))
        if name.split(".")[0] in SYSTEM_MODULES or name in SYSTEM_CALLS
    ]
    assert found == []


def test_only_the_store_flushes_to_disk() -> None:
    """Folders cannot be flushed on Windows; data/durable.py knows, and does files as well."""
    found = [
        f"{module}:{line}"
        for module in OURS
        if module != DURABLE
        for line, name in names_used(module)
        if name == FSYNC
    ]
    assert found == []


def test_sql_is_written_in_the_store_only() -> None:
    found = [
        f"{module}:{node.lineno}"
        for module in modules("bot", "cogs", "engine")
        for node in ast.walk(tree(module))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.match(node.value)
    ]
    assert found == []


def test_values_are_frozen() -> None:
    """What crosses a module is a value; what changes is an ordinary class, or private."""
    thawed = [
        f"{module}:{node.lineno} {node.name}"
        for module in (*modules("bot/services", "cogs", "data"), *modules_of_the_wire())
        for node in ast.walk(tree(module))
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
        for decorator in node.decorator_list
        if _is_dataclass(decorator) and not _is_frozen(decorator)
    ]
    assert thawed == [], "\n".join(thawed)


def modules_of_the_wire() -> list[Path]:
    return [module for module in modules("engine") if len(module.parts) == 2]


def _is_dataclass(decorator: ast.expr) -> bool:
    call = decorator.func if isinstance(decorator, ast.Call) else decorator
    name = call.attr if isinstance(call, ast.Attribute) else getattr(call, "id", "")
    return name == "dataclass"


def _is_frozen(decorator: ast.expr) -> bool:
    return isinstance(decorator, ast.Call) and any(
        keyword.arg == "frozen" and getattr(keyword.value, "value", False) is True
        for keyword in decorator.keywords
    )
