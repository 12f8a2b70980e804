"""Measure what is claimed of the built-in base: `python -m engine.builtin.report`.

Every figure comes from fresh drawings and pictures. The last line sums up; the exit code is 0 only
when every bar was met.
"""

from __future__ import annotations

import argparse
import logging
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from functools import cache
from typing import Final

import torch

from engine.base.loading import LoadedBase, load_base
from engine.builtin.codec import psnr_on_unseen
from engine.builtin.report import obedience, reading
from engine.builtin.report.figure import Figure
from engine.builtin.shipping import shipped_codec
from engine.builtin.state import assets_folder
from engine.captions.wd import WdTagger

THREADS: Final = 2
LEAST_PSNR_DB: Final = 27.0


@cache
def _tagger() -> WdTagger:
    return WdTagger(assets_folder() / "tagger", threads=THREADS)


@cache
def _base() -> LoadedBase:
    return load_base("builtin")


def _round_trip() -> list[Figure]:
    median = statistics.median(psnr_on_unseen(shipped_codec(assets_folder()).eval()))
    return [Figure(name="VAE: median PSNR of a round trip, dB", value=median, bar=LEAST_PSNR_DB)]


PARTS: Final[dict[str, Callable[[], list[Figure]]]] = {
    "tagger": lambda: reading.measure(_tagger()),
    "vae": _round_trip,
    "obedience": lambda: obedience.measure(_base(), _tagger()),
}


def summed_up(figures: Sequence[Figure], seconds: float) -> str:
    """Say in one line how many bars were met."""
    missed = [figure.name for figure in figures if not figure.held]
    told = f"{len(figures) - len(missed)} of {len(figures)} bars met in {seconds / 60:.1f} minutes"
    return f"{told}; missed: {', '.join(missed)}" if missed else told


def main() -> int:
    """Measure the asked parts, or all."""
    parser = argparse.ArgumentParser(prog="python -m engine.builtin.report", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    torch.set_num_threads(THREADS)
    began, figures = time.monotonic(), list[Figure]()
    for part in given.only:
        for figure in PARTS[part]():
            print(figure.line(), flush=True)
            figures.append(figure)
    print(summed_up(figures, time.monotonic() - began))
    return 0 if all(figure.held for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
