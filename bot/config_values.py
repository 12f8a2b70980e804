"""What a host typed, read: one value, one file."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bot.dotenv import read_dotenv


class ConfigError(Exception):
    """A setting cannot be used; the message is one sentence that names the variable."""


def read_value(name: str, raw: str, read: Callable[[str], Any]) -> Any:
    """Read one value as it was typed; ConfigError names the variable."""
    try:
        return read(raw)
    except ValueError as error:
        raise ConfigError(f"{name} {error}.") from None


def read_file(dotenv: Path | None, known: Mapping[str, str]) -> Mapping[str, str]:
    """Read a `.env` file, if there is one; ConfigError also for a name that is not `known`."""
    if dotenv is None or not dotenv.exists():
        return {}
    try:
        values = read_dotenv(dotenv)
    except (OSError, ValueError) as error:
        raise ConfigError(f"{dotenv.name} cannot be read: {error}.") from None
    for name in values:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"; did you mean {near[0]}?" if near else "."
            raise ConfigError(f"{name} in {dotenv.name} is not a setting of Ownhand{hint}")
    return values
