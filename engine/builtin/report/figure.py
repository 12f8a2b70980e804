"""One measured figure beside its bar."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """`bar` bounds `value` from below, or from above where the figure must stay small.

    Without a bar it is told and no more.
    """

    name: str
    value: float
    bar: float | None = None
    side: Literal["at least", "at most"] = "at least"

    @property
    def held(self) -> bool:
        """Whether the bar is met; a figure that is no number meets none."""
        if self.bar is None:
            return True
        return self.value >= self.bar if self.side == "at least" else self.value <= self.bar

    def line(self) -> str:
        """Spell it as a row of the report."""
        if self.bar is None:
            return f"      {self.name:<58} {self.value:9.3f}"
        mark = "ok  " if self.held else "MISS"
        return f"{mark}  {self.name:<58} {self.value:9.3f}   {self.side} {self.bar:g}"
