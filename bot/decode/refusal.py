"""Why a file is not taken, raised inside the child and answered as a verdict."""

from __future__ import annotations

from bot.decode.verdict import Verdict
from bot.errors import Fact


class RefusedError(Exception):
    """Refuse a file: a sentence's key and its facts."""

    def __init__(self, key: str, **facts: Fact) -> None:
        super().__init__(key)
        self.verdict = Verdict(key=key, facts=facts)
