"""A small reader for `.env` files: `NAME=value`, quotes, comments, `export`."""

from __future__ import annotations

import re
from pathlib import Path

_LINE = re.compile(r"(?:export\s+)?(?P<name>[A-Za-z_][A-Za-z0-9_]*)\s*=\s*(?P<value>.*)")
_ESCAPES = {"n": "\n", "t": "\t", '"': '"', "\\": "\\"}


def read_dotenv(path: Path) -> dict[str, str]:
    """Read the assignments of a file; the last one of a name wins.

    Double quotes know the usual backslash escapes; single quotes know none; without quotes
    a value ends before ` #`. Variables inside values are not expanded. Raises `ValueError` with
    the line's number, never with its text, which may be a secret.
    """
    values: dict[str, str] = {}
    for number, raw in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), start=1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            raise ValueError(f"line {number} is not NAME=value")
        values[match["name"]] = _value(match["value"], number)
    return values


def _value(raw: str, number: int) -> str:
    if raw[:1] in ('"', "'"):
        return _quoted(raw, number)
    return re.split(r"(?:^|\s)#", raw, maxsplit=1)[0].strip()


def _quoted(raw: str, number: int) -> str:
    quote = raw[0]
    pattern = r'"((?:[^"\\]|\\.)*)"' if quote == '"' else r"'([^']*)'"
    match = re.match(pattern + r"\s*(?:#.*)?$", raw)
    if match is None:
        raise ValueError(f"line {number} has an open quote")
    if quote == "'":
        return match[1]
    return re.sub(r"\\(.)", lambda escape: _ESCAPES.get(escape[1], escape[0]), match[1])
