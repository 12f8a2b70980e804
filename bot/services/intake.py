"""Check one uploaded file in a limited child process; see bot/decode.py."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.errors import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """One file as it was handed over."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A drawing, decoded and written again as our own PNG in the blobs."""

    file_name: str
    sha256: str
    width: int
    height: int
    #: the picture's own caption (PNG text chunk `Description`)
    description: str | None = None
    #: keys of sentences: intake.note_rotated, intake.note_cmyk, intake.note_flattened ...
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A file that was not taken, and why: a sentence's key and its facts."""

    file_name: str
    key: str
    facts: dict[str, Fact]


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What was done to an accepted drawing: a sentence's key."""

    file_name: str
    key: str


class IntakeService:
    """Decode uploads where they can do no harm."""

    async def check_uploads(self, uploads: Sequence[Upload]) -> tuple[Accepted | Refused, ...]:
        """Judge every file, in order; accepted ones lie in the blobs afterwards."""
        raise NotImplementedError
