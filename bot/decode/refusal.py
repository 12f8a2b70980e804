"""Why a file is not taken, raised inside the child and answered as a verdict."""

from __future__ import annotations

from math import ceil

from bot.decode.verdict import Verdict
from bot.errors import Fact


class RefusedError(Exception):
    """Refuse a file: a sentence's key and its facts."""

    def __init__(self, key: str, **facts: Fact) -> None:
        super().__init__(key)
        self.verdict = Verdict(key=key, facts=facts)


def millions(amount: int, digits: int = 0) -> float:
    """Count millions, rounded up: what is too much must never read as the most that is taken."""
    counted = ceil(amount / 10 ** (6 - digits)) / 10**digits
    return counted if digits else int(counted)
