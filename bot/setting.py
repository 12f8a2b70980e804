"""How one setting is declared, and how what a host typed is read.

A reader raises ValueError with a half sentence that follows the variable's name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import Field, field
from pathlib import Path
from typing import Any


def text(raw: str) -> str:
    """Take it as it is."""
    return raw


def path(raw: str) -> Path:
    """Read a path; `~` is the home folder."""
    return Path(raw).expanduser()


def optional_path(raw: str) -> Path | None:
    """Read a path, or none where nothing is said."""
    return Path(raw).expanduser() if raw else None


def flag(raw: str) -> bool:
    """Read yes or no."""
    values = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
    if raw.lower() not in values:
        raise ValueError("must be true or false")
    return values[raw.lower()]


def number(low: int, high: int) -> Callable[[str], int]:
    """Read a whole number within these bounds."""

    def read(raw: str) -> int:
        if not re.fullmatch(r"-?[0-9]{1,9}", raw) or not low <= int(raw) <= high:
            raise ValueError(f"must be a whole number from {low} to {high}")
        return int(raw)

    return read


def number_or_none(high: int) -> Callable[[str], int | None]:
    """Read a count in which 0 stands for "not set"."""
    read = number(0, high)
    return lambda raw: read(raw) or None


def choice(*allowed: str, fold: Callable[[str], str] = str.lower) -> Callable[[str], str]:
    """Read one of a few words."""

    def read(raw: str) -> str:
        if fold(raw) not in allowed:
            raise ValueError(f"must be one of {', '.join(allowed)}")
        return fold(raw)

    return read


def share_or_none(raw: str) -> float | None:
    """Read a part of one, both ends excluded; None when nothing is given."""
    if not raw:
        return None
    if not re.fullmatch(r"0?\.[0-9]{1,6}", raw) or float(raw) == 0:
        raise ValueError("must be a number between 0 and 1, for example 0.35")
    return float(raw)


def tag_list(raw: str) -> tuple[str, ...]:
    """Read words with commas between."""
    return tuple(part.strip() for part in raw.split(",") if part.strip())


def named_list(raw: str) -> tuple[tuple[str, str], ...]:
    """Read values with commas between, each with a name; a path is called as it ends."""
    found: dict[str, str] = {}
    for part in tag_list(raw):
        name, named, value = part.partition("=")
        if not named:
            name, value = re.split(r"[/\\\\]", part.rstrip("/\\"))[-1], part
        name, value = name.strip(), value.strip()
        if not name or not value or name.casefold() in map(str.casefold, found):
            raise ValueError("must be paths with commas between, each with another name")
        found[name] = value
    return tuple(found.items())


def snowflake(raw: str) -> int | None:
    """Read a Discord id, or none."""
    if not raw:
        return None
    if not re.fullmatch(r"[0-9]{15,20}", raw):
        raise ValueError("must be a Discord id, 15 to 20 digits")
    return int(raw)


def address(*schemes: str) -> Callable[[str], str]:
    """Read an address that starts with one of these schemes, or none."""

    def read(raw: str) -> str:
        if raw and not raw.startswith(tuple(f"{scheme}://" for scheme in schemes)):
            raise ValueError(f"must start with {' or '.join(f'{s}://' for s in schemes)}")
        return raw.rstrip("/")

    return read


def declare(
    name: str, default: str, doc: str, read: Callable[[str], Any], *, secret: bool = False
) -> Any:
    """Declare a field: the variable's name, its default as it would be typed, one line on it."""
    metadata = {"name": name, "default": default, "doc": doc, "read": read}
    return field(default=read(default), repr=not secret, metadata=metadata)


def example_of(settings: Iterable[Field[Any]]) -> str:
    """Write `.env.example`: every setting, its line, its default."""
    lines = [
        "# Every setting of Ownhand with its default. Copy this file to .env and change what you",
        "# need; a variable of the same name in the environment wins over the file.",
        "# Made by: python -m bot.config > .env.example",
    ]
    for item in settings:
        facts = item.metadata
        lines += ["", f"# {facts['doc']}", f"{facts['name']}={facts['default']}"]
    return "\n".join(lines) + "\n"
