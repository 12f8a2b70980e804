"""Print what was measured as a table, and write it as JSON."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One figure; `goal` is the most it may be, if there is one."""

    name: str
    value: float
    unit: str
    goal: float | None = None

    def line(self) -> str:
        """Spell it for a terminal."""
        goal = "" if self.goal is None else f"  (goal: at most {self.goal:g})"
        return f"{self.name:<56}{self.value:>10.3f} {self.unit}{goal}"


def machine() -> dict[str, str | int]:
    """Say what it was measured on: a figure without it means nothing."""
    return {
        "processor": platform.processor() or platform.machine(),
        "cores": os.cpu_count() or 1,
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
    }


def report(figures: Sequence[Measured], path: Path | None = None) -> None:
    """Print the machine and the figures; write both as JSON when a path is given."""
    print(", ".join(f"{key} {value}" for key, value in machine().items()))
    for figure in figures:
        print(figure.line())
    if path is not None:
        whole = {"machine": machine(), "figures": [asdict(figure) for figure in figures]}
        path.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")
