"""Compare our files and pictures with ComfyUI itself, and print the tables of `docs/interop.md`.

    python -m scripts.compare_comfyui ~/ComfyUI

Needs what ComfyUI's own `requirements.txt` names, beside what this project needs; torchvision and
torchaudio are stood in for where they are missing, since nothing here calls them. Everything runs
on the processor in float32, and nothing is written into the checkout. ComfyUI knows SDXL by its
widths; the bases here are smaller, and `sizes.py` tells it theirs.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.__main__ import hush
from scripts.compare_comfyui import files, full_size, graph, pictures, prompts
from scripts.compare_comfyui.bases import builtin_base, narrow_base
from scripts.compare_comfyui.checkout import Checkout, NoCheckoutError, find_checkout, start
from scripts.compare_comfyui.program import load
from scripts.compare_comfyui.sizes import teach
from scripts.compare_comfyui.table import Report

PARTS = ("prompts", "files", "pictures", "graph")


def main(given: Sequence[str] | None = None) -> int:
    """Run the parts; 1 when a bar is missed, 2 when there is no ComfyUI."""
    parser = argparse.ArgumentParser(
        prog="python -m scripts.compare_comfyui",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("checkout", type=Path, help="a folder with ComfyUI")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="these parts")
    parser.add_argument("--commit", help="what the folder is of, where it carries no git history")
    told = parser.parse_args(given)
    try:
        checkout = find_checkout(told.checkout, told.commit)
    except NoCheckoutError as error:
        print(error, file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as work:
        return _compare(checkout, told.only, Path(work))


def _compare(checkout: Checkout, parts: Sequence[str], work: Path) -> int:
    home, report = work / "home", Report()
    hush()
    logging.disable(logging.INFO)  # ComfyUI warns of names in a file that it does not take
    stood_in = start(checkout, home)
    print(f"{checkout}; stood in for: {', '.join(stood_in) or 'nothing'}")
    _all(parts, work, home, report)
    print(f"\n{len(report.missed)} bars missed" + "".join(f"\n  {one}" for one in report.missed))
    return 1 if report.missed else 0


def _all(parts: Sequence[str], work: Path, home: Path, report: Report) -> None:
    if "files" in parts:
        full_size.compare(work, report)
    checkpoints, loras = home / "models/checkpoints", home / "models/loras"
    for base in (narrow_base(checkpoints, work), builtin_base(checkpoints)):
        if "prompts" in parts and base.name == "narrow":
            prompts.compare(base, report)
        teach(base.config)
        program = load(base.file, base.ours.latent_scale)
        if "files" in parts:
            files.compare(base, program, loras, report)
        if "pictures" in parts:
            pictures.compare(base, program, loras, report)
        if "graph" in parts and base.name == "narrow":
            velocity = narrow_base(checkpoints, work, predicts_v=True)
            graph.compare(base, velocity, home, report)


if __name__ == "__main__":
    sys.exit(main())
