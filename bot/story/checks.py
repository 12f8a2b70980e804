"""What the story expects, and whether it came true."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """One thing that had to be so; in English, as it is for who looks for a fault, like a log."""

    what: str
    held: bool
    #: what was found instead
    found: str = ""

    def __str__(self) -> str:
        """Say it in one line."""
        return f"{'ok  ' if self.held else 'FAIL'} {self.what}" + (
            f": found {self.found}" if self.found and not self.held else ""
        )


@dataclass(slots=True)
class Checks:
    """All expectations in the order in which they were looked at."""

    all: list[Expectation] = field(default_factory=list[Expectation])

    def hold(self, what: str, held: bool, found: object = "") -> bool:
        """Note an expectation; the story goes on either way."""
        self.all.append(Expectation(what=what, held=held, found=str(found)))
        return held

    @property
    def failed(self) -> tuple[Expectation, ...]:
        """What did not hold."""
        return tuple(item for item in self.all if not item.held)
