"""Tables as `docs/interop.md` has them, and whether every bar in them was met."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class Report:
    """Prints what is compared and remembers what missed its bar."""

    missed: list[str] = field(default_factory=list[str])

    def title(self, text: str) -> None:
        """Begin a part."""
        print(f"\n{text}\n")

    def head(self, *cells: str) -> None:
        """Begin a table."""
        self.row(*cells)
        print("|---" * len(cells) + "|")

    def row(self, *cells: str) -> None:
        """Print a row."""
        print(f"| {' | '.join(cells)} |", flush=True)

    def check(self, name: str, *, met: bool) -> None:
        """Remember a figure that missed its bar; one that is no number misses every bar."""
        if not met:
            self.missed.append(name)


def spelled(errors: Sequence[float]) -> list[str]:
    """Spell errors in a table's cells."""
    return [f"{error:.0e}" for error in errors]
