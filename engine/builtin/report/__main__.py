"""Measure what is claimed of the built-in base: `python -m engine.builtin.report`.

Every figure comes from fresh drawings and pictures. The last line sums up; the exit code is 0 only
when every bar was met.
"""

from __future__ import annotations

import argparse
import logging
import sys
import time
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Final

import torch

from engine.base.loading import LoadedBase, load_base
from engine.builtin.report import (
    leak,
    lengths,
    obedience,
    reading,
    round_trip,
    scores,
    styles,
)
from engine.builtin.report.figure import Figure
from engine.builtin.report.sheets import write_sheets
from engine.builtin.report.trained import Trained
from engine.builtin.state import assets_folder
from engine.captions.wd import WdTagger

THREADS: Final = 2


@cache
def _tagger() -> WdTagger:
    return WdTagger(assets_folder() / "tagger", threads=THREADS)


@cache
def _base() -> LoadedBase:
    return load_base("builtin")


@cache
def _trained(*, fresh: bool) -> Trained:
    return Trained(_base(), fresh=fresh)


#: Each part is told whether styles must be trained anew.
PARTS: Final[dict[str, Callable[[bool], list[Figure]]]] = {
    "tagger": lambda _: reading.measure(_tagger()),
    "vae": lambda _: round_trip.measure(),
    "obedience": lambda _: obedience.measure(_base(), _tagger()),
    "scores": lambda _: scores.measure(_base()),
    "styles": lambda fresh: styles.measure(_base(), _trained(fresh=fresh)),
    "leak": lambda fresh: leak.measure(_base(), _tagger(), _trained(fresh=fresh)),
    "lengths": lambda fresh: lengths.measure(_base(), _trained(fresh=fresh)),
}


def summed_up(figures: Sequence[Figure], seconds: float) -> str:
    """Say in one line how many bars were met."""
    barred = [figure for figure in figures if figure.bar is not None]
    missed = [figure.name for figure in barred if not figure.held]
    told = f"{len(barred) - len(missed)} of {len(barred)} bars met in {seconds / 60:.1f} minutes"
    return f"{told}; missed: {', '.join(missed)}" if missed else told


def main() -> int:
    """Measure the asked parts, or all."""
    parser = argparse.ArgumentParser(prog="python -m engine.builtin.report", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--fresh", action="store_true", help="train all styles anew")
    parser.add_argument("--sheets", type=Path, help="write contact sheets into this folder, too")
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    torch.set_num_threads(THREADS)
    began, figures = time.monotonic(), list[Figure]()
    for part in given.only:
        for figure in PARTS[part](given.fresh):
            print(figure.line(), flush=True)
            figures.append(figure)
    if given.sheets is not None:
        write_sheets(given.sheets, _base(), _trained(fresh=given.fresh))
    print(summed_up(figures, time.monotonic() - began))
    return 0 if all(figure.held for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
