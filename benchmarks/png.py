"""The engine's lossless PNG against Pillow's default, on a noisy picture."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from benchmarks.table import Measured
from benchmarks.timing import processor_seconds
from engine.builtin.drawing import draw
from engine.pictures.encoding import png

SIDE, GRAIN = 1024, 1.5


def noisy() -> Image.Image:
    """Enlarge a drawing and lay the noise over it that a VAE leaves."""
    drawn = draw(1).picture.resize((SIDE, SIDE), Image.Resampling.BICUBIC)
    noise = np.random.default_rng(0).normal(0, GRAIN, (SIDE, SIDE, 3))
    values = np.asarray(drawn, dtype=float) + noise
    return Image.fromarray(values.round().clip(0, 255).astype(np.uint8))


def default(picture: Image.Image) -> bytes:
    """Encode as Pillow does when it is asked for nothing."""
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def measure() -> list[Measured]:
    """Compare time and size at 1024²."""
    picture = noisy()
    took = processor_seconds(
        {"ours": lambda: png(picture), "theirs": lambda: default(picture)}, rounds=5
    )
    return [
        Measured(
            name="PNG of 1024²: ours / Pillow's default, time",
            value=took["ours"] / took["theirs"],
            goal=0.25,
        ),
        Measured(
            name="PNG of 1024²: ours / Pillow's default, bytes",
            value=len(png(picture)) / len(default(picture)),
            goal=1.1,
        ),
    ]
