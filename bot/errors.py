"""What a person may put right, by the key of its sentence."""

from __future__ import annotations

Fact = str | int | float

#: Of the engine's sentences, those for everyone. The others may name folders of the machine.
_FOR_EVERYONE = frozenset(
    {"engine.lost", "engine.internal", "engine.no_memory", "engine.starting", "engine.unavailable"}
)
#: Of models, what else names the machine's files.
_FOR_HOST = frozenset({"blip.unreadable", "caption.model_missing", "tagger.unreadable"})


class UserError(Exception):
    """Refuse what a person asked for.

    `key` names a sentence of the catalogues in `bot/locales`, `facts` fill its placeholders.
    """

    def __init__(self, key: str, /, **facts: Fact) -> None:
        super().__init__(f"{key} {facts}" if facts else key)
        self.key = key
        self.facts: dict[str, Fact] = facts
        #: the line of a series that it speaks of
        self.line: int | None = None


def is_for_host(key: str) -> bool:
    """Tell whether a sentence is for the host alone: others can do nothing about it."""
    return key in _FOR_HOST or (key.startswith("engine.") and key not in _FOR_EVERYONE)
