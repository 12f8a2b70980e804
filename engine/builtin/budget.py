"""How long a run is, its learning rate on the way, and what it keeps to be taken up again."""

from __future__ import annotations

import logging
import math
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Budget:
    """A run of `steps`, or shorter when `minutes` are over first; the rate falls along a cosine."""

    steps: int
    minutes: float = math.inf
    warmup: int = 100
    spent_s: float = 0.0
    _started: float = field(default_factory=time.monotonic)

    def elapsed_s(self) -> float:
        """Seconds of this run, those before an interruption included."""
        return self.spent_s + time.monotonic() - self._started

    def done(self, step: int) -> float:
        """Say which share of the run is over, by steps or by the clock."""
        return min(1.0, max(step / self.steps, self.elapsed_s() / 60 / self.minutes))

    def rate(self, step: int, peak: float) -> float:
        """Rise over the warm-up, then fall to a fiftieth of the peak."""
        cosine = 0.5 * (1 + math.cos(math.pi * self.done(step)))
        return peak * min(1.0, (step + 1) / self.warmup) * (0.02 + 0.98 * cosine)


def save_state(path: Path, state: dict[str, Any]) -> None:
    """Write a checkpoint so that a kill leaves either the old one or the new one."""
    part = path.with_suffix(".part")
    torch.save(state, part)
    part.replace(path)


def load_state(path: Path) -> dict[str, Any] | None:
    """Read a checkpoint of ours, or return None when there is none."""
    if not path.exists():
        return None
    state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    return state


def report(name: str, step: int, budget: Budget, loss: float) -> None:
    """Log how far a run is and about how long it will go on."""
    share = max(budget.done(step), 1e-6)
    left = budget.elapsed_s() * (1 - share) / share / 60
    log.info("%s step %d (%.0f %%), loss %.4f, %.1f min left", name, step, 100 * share, loss, left)
