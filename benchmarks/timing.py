"""How long something keeps the processor, beside something else."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

Job = Callable[[], object]


def processor_seconds(jobs: dict[str, Job], *, rounds: int = 9) -> dict[str, float]:
    """Return the median processor time of each job in this process.

    They take turns, so that what else the machine does hits all alike; the first round is not
    counted.
    """
    took: dict[str, list[float]] = {name: [] for name in jobs}
    for round_ in range(rounds + 1):
        for name, job in jobs.items():
            began = time.process_time()
            job()
            if round_:
                took[name].append(time.process_time() - began)
    return {name: statistics.median(times) for name, times in took.items()}
