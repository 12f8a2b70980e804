"""What a person may put right, by the key of its sentence."""

from __future__ import annotations

Fact = str | int | float


class UserError(Exception):
    """Refuse what a person asked for.

    `key` names a sentence of the catalogues in `bot/locales`, `facts` fill its placeholders.
    """

    def __init__(self, key: str, /, **facts: Fact) -> None:
        super().__init__(f"{key} {facts}" if facts else key)
        self.key = key
        self.facts: dict[str, Fact] = facts
