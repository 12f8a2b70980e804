"""A base of full size in one file, loaded offline on a CPU: `python -m benchmarks.full_file`.

The file (3.47 billion random weights in the original layout, bfloat16, 6.94 GB) is made in a
temporary folder by a process of its own, so that its memory is not counted. Then one denoising
step at 256 pixels is made from words. Random weights say that names, shapes and memory are right.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

import torch
from torch import Tensor

from benchmarks.__main__ import hush
from benchmarks.checkpoint_file import (
    models_on_meta,
    pieces_of,
    random_values,
    write_checkpoint,
)
from benchmarks.table import Measured, report
from engine.base.loading import LoadedBase, load_base
from engine.base.place import SDXL_CONFIG
from engine.sampling.conditioning import Conditioning, size_rows
from engine.sampling.noise import start_noise

SIDE: Final = 256
#: Gigabytes; and what SDXL's four models count.
MOST_MEMORY: Final = 24
WEIGHTS: Final = 3.47e9


def write(file: Path, config: Path = SDXL_CONFIG) -> None:
    """Write the file, one tensor after the other."""
    pieces = pieces_of(models_on_meta(config), random_values())
    write_checkpoint(file, pieces, torch.bfloat16)


def measure(file: Path, config: Path | None = None) -> list[Measured]:
    """Load the file and make the step."""
    began = time.perf_counter()
    base = load_base(file, config=config)
    loaded = time.perf_counter()
    denoised = _step(base)
    done = time.perf_counter()
    text = base.text.encoders
    models = (base.unet.model, base.vae, text.first, text.second)
    weights = sum(one.numel() for model in models for one in model.parameters())
    return [
        Measured(name="file", value=file.stat().st_size / 1e9, unit="GB"),
        Measured(name="weights, against SDXL's", value=abs(weights / WEIGHTS - 1), goal=0.01),
        Measured(name="loading and hashing", value=loaded - began, unit="s"),
        Measured(name=f"one step at {SIDE} pixels, words and all", value=done - loaded, unit="s"),
        Measured(name="spread of the predicted latent", value=float(denoised.std()), goal=1e-6,
                 side="at least"),
        Measured(name="peak memory", value=_peak_bytes() / 1e9, unit="GB", goal=MOST_MEMORY),
    ]  # fmt: skip


@torch.no_grad()
def _step(base: LoadedBase) -> Tensor:
    """Predict the clean latent from noise alone."""
    told = base.text.encode("score_9, a fox in the snow")
    side = SIDE // base.pixels_per_latent
    sigma = base.levels.sigmas[-1:].reshape(1, 1, 1, 1)
    x = start_noise([1], (base.latent_channels, side, side)) * sigma
    conditioning = Conditioning(text=told.text, pooled=told.pooled, size=size_rows(1, (SIDE, SIDE)))
    times = base.levels.timestep(sigma.flatten())
    out = base.unet.predict(x / (sigma**2 + 1).sqrt(), times, conditioning)
    return base.prediction.denoised(out, x, sigma)


def _peak_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024  # as on Linux


def main() -> int:
    """Make the file, or measure one that is there, and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.full_file", description=__doc__)
    parser.add_argument("--write", type=Path, help="only make the file")
    parser.add_argument("--file", type=Path, help="measure this one")
    given = parser.parse_args()
    hush()
    if given.write:
        write(given.write)
        return 0
    if given.file:
        return 0 if report(measure(given.file)) else 1
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "full.safetensors"
        itself = [sys.executable, "-m", "benchmarks.full_file"]
        subprocess.run([*itself, "--write", str(file)], check=True)
        return 0 if report(measure(file)) else 1


if __name__ == "__main__":
    sys.exit(main())
