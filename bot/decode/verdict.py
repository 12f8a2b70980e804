"""What the child is asked and what it says, and the frames between it and its parent.

A question is `>II` (length of JSON, length of bytes), a JSON `Question` and the file; an answer is
the same: a `Verdict` as JSON, then what was asked for: a caption, or our own PNG and, behind its
`png_bytes`, the picture before it was laid on paper (empty when refused).
"""

from __future__ import annotations

import json
import struct
from dataclasses import asdict, dataclass, field
from enum import StrEnum

from bot.decode.look import Box, Look
from bot.errors import Fact

HEAD = struct.Struct(">II")
WHITE = "#ffffff"


class Task(StrEnum):
    """What the child does with a file."""

    PICTURE = "picture"  #: decode it
    ARCHIVE = "archive"  #: list what lies in it, and keep it at hand
    MEMBER = "member"  #: unpack one file of the archive at hand, and decode it


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One file to judge."""

    name: str
    task: Task = Task.PICTURE
    #: shortest edge that the base can learn from, pixels
    min_edge: int = 64
    #: what a see-through picture is laid on, `#rrggbb`
    paper: str = WHITE
    #: the part of the upright picture that is kept: left, top, right, bottom; None for all
    crop: Box | None = None
    #: which file of the archive, as its list counts from 0
    member: int = 0
    #: the largest single file in an archive
    most_bytes: int = 25_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The judgement: `key` is empty when the file was taken."""

    key: str = ""
    facts: dict[str, Fact] = field(default_factory=dict[str, Fact])
    width: int = 0
    height: int = 0
    description: str | None = None
    notes: tuple[str, ...] = ()
    #: paths of the files in an archive
    members: tuple[str, ...] = ()
    #: length of our own PNG; what follows is the see-through picture that it was made of, if any
    png_bytes: int = 0
    look: Look | None = None


def pack(value: Question | Verdict, data: bytes) -> bytes:
    """Make one frame."""
    text = json.dumps(asdict(value)).encode()
    return HEAD.pack(len(text), len(data)) + text + data


def read_question(text: bytes) -> Question:
    """Read the JSON part of a question."""
    fields = json.loads(text)
    crop = fields["crop"] and tuple(fields["crop"])
    return Question(**fields | {"task": Task(fields["task"]), "crop": crop})


def read_verdict(text: bytes) -> Verdict:
    """Read the JSON part of an answer."""
    fields = json.loads(text)
    notes, members, look = tuple(fields.pop("notes")), tuple(fields.pop("members")), fields["look"]
    read = None if look is None else Look(**look | {"content": tuple(look["content"])})
    return Verdict(**fields | {"look": read}, notes=notes, members=members)
