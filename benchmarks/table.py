"""Print what was measured as a table, and write it as JSON."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import torch


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One figure; `goal` is the most or the least it may be, if there is one."""

    name: str
    value: float
    unit: str = ""
    goal: float | None = None
    side: Literal["at most", "at least", "exactly"] = "at most"

    @property
    def met(self) -> bool:
        """Whether the goal is met; a figure that is no number meets none."""
        if self.goal is None:
            return True
        match self.side:
            case "at most":
                return self.value <= self.goal
            case "at least":
                return self.value >= self.goal
            case "exactly":
                return self.value == self.goal

    def line(self) -> str:
        """Spell it for a terminal."""
        value = f"{self.value:.0f}" if float(self.value).is_integer() else f"{self.value:.3g}"
        goal = "" if self.goal is None else f"{self.side} {self.goal:g}"
        mark = "    " if self.goal is None else "ok  " if self.met else "MISS"
        return f"{mark}  {self.name:<76}{value:>10} {self.unit:<4}{goal}".rstrip()


def machine() -> dict[str, str | int]:
    """Say what it was measured on: a figure without it means nothing."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count() or 1,
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
    }


def _processor() -> str:
    told = Path("/proc/cpuinfo")
    if told.exists():
        for line in told.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def report(figures: Sequence[Measured], path: Path | None = None) -> bool:
    """Print the machine and the figures; write both as JSON when a path is given.

    Return whether every goal was met.
    """
    print(", ".join(f"{key} {value}" for key, value in machine().items()))
    for figure in figures:
        print(figure.line())
    if path is not None:
        whole = {"machine": machine(), "figures": [asdict(figure) for figure in figures]}
        path.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")
    print(summed_up(figures))
    return all(figure.met for figure in figures)


def summed_up(figures: Sequence[Measured]) -> str:
    """Say in one line how many goals were met."""
    goals = [figure for figure in figures if figure.goal is not None]
    missed = [figure.name for figure in goals if not figure.met]
    told = f"{len(goals) - len(missed)} of {len(goals)} goals met"
    return f"{told}; missed: {'; '.join(missed)}" if missed else told
