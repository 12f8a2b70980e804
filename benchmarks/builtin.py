"""Load the built-in base and draw with it."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Final

from benchmarks.table import Measured
from engine.base.loading import load_base
from engine.builtin.report.painter import draw_all, wanted

LOADS, PICTURES = 3, 5
MOST_TO_LOAD_S: Final = 3.0
MOST_TO_DRAW_S: Final = 4.0


def seconds(work: Callable[[], object], times: int) -> float:
    """Return the median of so many runs."""
    took: list[float] = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        took.append(time.perf_counter() - began)
    return statistics.median(took)


def measure() -> list[Measured]:
    """Load three times and draw five pictures, 20 steps with guidance, one at a time."""
    loading = seconds(lambda: load_base("builtin"), LOADS)
    base, numbers = load_base("builtin"), iter(range(PICTURES + 1))

    def one() -> None:
        draw_all(base, [wanted("1girl, red hair, forest", next(numbers))])

    one()  # the first picture also pays for what is made once
    drawing = seconds(one, PICTURES)
    return [
        Measured(name="built-in base: loading it", value=loading, unit="s", goal=MOST_TO_LOAD_S),
        Measured(
            name="built-in base: one picture of 128 px, 20 steps, guidance 4",
            value=drawing,
            unit="s",
            goal=MOST_TO_DRAW_S,
        ),
    ]
