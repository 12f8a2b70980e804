"""What the child says about one file, and the frames between it and its parent.

A question is `>II` (length of JSON, length of bytes), a JSON `{"name", "min_edge"}` and the file;
an answer is the same: the verdict as JSON, then our own PNG (empty when refused).
"""

from __future__ import annotations

import json
import struct
from dataclasses import asdict, dataclass, field

from bot.errors import Fact

HEAD = struct.Struct(">II")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One file to judge."""

    name: str
    #: shortest edge that the base can learn from, pixels
    min_edge: int = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The judgement: `key` is empty when the file was taken."""

    key: str = ""
    facts: dict[str, Fact] = field(default_factory=dict[str, Fact])
    width: int = 0
    height: int = 0
    description: str | None = None
    notes: tuple[str, ...] = ()


def pack(value: Question | Verdict, data: bytes) -> bytes:
    """Make one frame."""
    text = json.dumps(asdict(value)).encode()
    return HEAD.pack(len(text), len(data)) + text + data


def read_question(text: bytes) -> Question:
    """Read the JSON part of a question."""
    return Question(**json.loads(text))


def read_verdict(text: bytes) -> Verdict:
    """Read the JSON part of an answer."""
    fields = json.loads(text)
    notes = tuple(fields.pop("notes"))
    return Verdict(**fields, notes=notes)
