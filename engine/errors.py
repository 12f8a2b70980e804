"""What can go wrong between the bot and its engine."""

from __future__ import annotations


class EngineError(Exception):
    """Base of everything this package raises on purpose."""


class JobFailed(EngineError):
    """One request failed; the engine goes on with the others.

    `key` names a sentence of the catalogues, `facts` fill its placeholders.
    """

    def __init__(self, key: str, /, **facts: str | int | float) -> None:
        super().__init__(f"{key} {facts}" if facts else key)
        self.key = key
        self.facts = facts


class StartRefused(EngineError):
    """The engine cannot start; worded by `key` and `facts` like `JobFailed`."""

    def __init__(self, key: str, /, **facts: str | int | float) -> None:
        super().__init__(f"{key} {facts}" if facts else key)
        self.key = key
        self.facts = facts


class StartHindered(StartRefused):
    """The host was in the way, not the engine: it is tried again, and requests wait for it."""


class StartDied(StartRefused):
    """The process ended before it said anything."""

    def __init__(self, code: int, last_line: str) -> None:
        super().__init__("engine.start_died", code=code, last_line=last_line)


class StartKilled(StartDied):
    """A signal ended it (memory was short, a library crashed): it is tried again."""


class EngineDied(EngineError):
    """The engine process is gone; all its requests are lost and may be asked again."""


class ProtocolError(EngineError):
    """A frame could not be read, or the two sides speak different versions."""


def facts_of(error: JobFailed | StartRefused) -> dict[str, str]:
    """Give the facts as the wire carries them."""
    return {name: str(value) for name, value in error.facts.items()}
