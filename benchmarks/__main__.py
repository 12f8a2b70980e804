"""Measure what the engine costs on this CPU: `python -m benchmarks`, or `make bench`.

Times are processor time of one thread, medians of rounds in which both sides take turns; counts are
exact. The exit code is 0 only when every goal was met; the last line sums up.
"""

from __future__ import annotations

import argparse
import logging
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Final

import torch

from benchmarks import (
    builtin,
    counting,
    encoders,
    forward,
    graphs,
    intake,
    malformed,
    memory,
    overhead,
    png,
    scheduling,
    shrinking,
    switching,
    training_step,
    weights,
)
from benchmarks.table import Measured, report

PARTS: Final[dict[str, Callable[[], list[Measured]]]] = {
    "forward": forward.measure,
    "training": training_step.measure,
    "switching": switching.measure,
    "counting": counting.measure,
    "graphs": graphs.measure,
    "encoders": encoders.measure,
    "png": png.measure,
    "intake": intake.measure,
    "malformed": malformed.measure,
    "scheduling": scheduling.measure,
    "shrinking": shrinking.measure,
    "weights": weights.measure,
    "memory": memory.measure,
    "overhead": overhead.measure,
    "builtin": builtin.measure,
}


def main() -> int:
    """Measure the asked parts, or all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--json", type=Path, help="write the figures into this file, too")
    given = parser.parse_args()
    hush()
    torch.set_num_threads(1)
    figures: list[Measured] = []
    for part in given.only:
        sys.stderr.write(f"measuring {part} …\n")
        figures += PARTS[part]()
    return 0 if report(figures, given.json) else 1


def hush() -> None:
    """Keep what libraries say about themselves out of the table."""
    import diffusers.utils.logging
    import transformers.utils.logging

    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    for library in (diffusers.utils.logging, transformers.utils.logging):
        library.set_verbosity_error()
        library.disable_progress_bar()


if __name__ == "__main__":
    sys.exit(main())
