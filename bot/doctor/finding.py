"""One line of the doctor."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from bot.errors import Fact


class Grade(Enum):
    """How bad a finding is."""

    GOOD = "good"
    HINT = "hint"  #: works, but somebody may want to know
    BAD = "bad"  #: does not work


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A sentence's key with its facts, graded."""

    grade: Grade
    key: str
    facts: dict[str, Fact] = field(default_factory=dict[str, Fact])


def good(key: str, /, **facts: Fact) -> Finding:
    """Make a good finding."""
    return Finding(grade=Grade.GOOD, key=key, facts=facts)


def hint(key: str, /, **facts: Fact) -> Finding:
    """Make a finding that somebody may want to know."""
    return Finding(grade=Grade.HINT, key=key, facts=facts)


def bad(key: str, /, **facts: Fact) -> Finding:
    """Make a finding that stops the bot."""
    return Finding(grade=Grade.BAD, key=key, facts=facts)
