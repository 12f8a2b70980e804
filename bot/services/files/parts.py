"""A file in numbered parts, as 7-Zip, `copy /b` and `cat` join them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.services.files.style_file import StyleFile

#: Discord takes so much with one message, whatever the single files may weigh.
REQUEST_BYTES: Final = 25 * 1024 * 1024 - 256 * 1024
MOST_ATTACHMENTS: Final = 10
#: Below the limit for one file, as nobody documents whether the limit itself still passes.
_MARGIN_BYTES: Final = 1024
#: Above this a command that names every part grows out of a message.
_MOST_COMMAND_CHARS: Final = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A piece of the file."""

    file_name: str
    start: int
    size_bytes: int


def split(file: StyleFile, limit_bytes: int) -> tuple[Part, ...]:
    """Cut the file into parts that are each below the limit: `name.001`, `name.002`, ..."""
    size_bytes = max(1, limit_bytes - _MARGIN_BYTES)
    starts = range(0, file.size_bytes, size_bytes)
    return tuple(
        Part(
            file_name=f"{file.file_name}.{number:03}",
            start=start,
            size_bytes=min(size_bytes, file.size_bytes - start),
        )
        for number, start in enumerate(starts, 1)
    )


def read_part(path: Path, part: Part) -> bytes:
    """Read one part."""
    with path.open("rb") as file:
        file.seek(part.start)
        return file.read(part.size_bytes)


def in_messages(
    parts: Sequence[Part], *, beside_bytes: int = 0, beside: int = 0
) -> tuple[tuple[Part, ...], ...]:
    """Put as many parts into each message as it takes; the first holds other files as well."""
    messages: list[list[Part]] = [[]]
    left, free = REQUEST_BYTES - beside_bytes, MOST_ATTACHMENTS - beside
    for part in parts:
        if messages[-1] and (part.size_bytes > left or not free):
            messages.append([])
            left, free = REQUEST_BYTES, MOST_ATTACHMENTS
        messages[-1].append(part)
        left, free = left - part.size_bytes, free - 1
    return tuple(tuple(message) for message in messages)


def windows_command(file_name: str, parts: Sequence[Part]) -> str:
    """Spell what joins the parts in the folder where they are, in Windows' command prompt."""
    named = f"copy /b {'+'.join(part.file_name for part in parts)} {file_name}"
    return named if len(named) <= _MOST_COMMAND_CHARS else f"copy /b {file_name}.0* {file_name}"


def unix_command(file_name: str) -> str:
    """Spell what joins the parts in the folder where they are, on macOS and Linux."""
    return f"cat {file_name}.[0-9][0-9][0-9] > {file_name}"
