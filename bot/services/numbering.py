"""Versions by their number: `ink@2` is version 2 of the style *ink*."""

from __future__ import annotations

import re
from typing import Final

# A name has no @ in it, see `check_name`.
_NUMBERED: Final = re.compile(r"(?P<name>.+?)\s*@\s*(?P<number>[0-9]{1,6})")


def split_number(wanted: str) -> tuple[str, int | None]:
    """Part a style's name or id and the number of the version that is asked for."""
    wanted = wanted.strip()
    found = _NUMBERED.fullmatch(wanted)
    return (wanted, None) if found is None else (found["name"], int(found["number"]))


def with_number(name: str, number: int | None) -> str:
    """Write what `split_number` parts."""
    return name if number is None else f"{name}@{number}"
