"""Which way the edges of a picture run, and how well they agree on it.

The structure tensor of Förstner and Gülch (1987): products of gradients, averaged around a pixel.
Its eigenvalues are the gradients' energy across and along the way that they have in common; their
difference by their sum is 1 on a clean stroke and 0 where strokes cross or smear.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.measure.lines import change


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Flow:
    """Both (H, W)."""

    #: squared change of colour around the pixel, CIELAB units per pixel
    energy: NDArray[np.float64]
    #: from 0, every way alike, to 1, all one way
    agreement: NDArray[np.float64]


def flow_of(lab: NDArray[np.float64], *, inner: float = 1.0, around: float = 2.0) -> Flow:
    """Read (H, W, 3) CIELAB smoothed by `inner`, averaged over `around`, both in pixels."""
    smooth = blurred(lab, inner)
    right, down = change(smooth, 0, 1) / 2, change(smooth, 1, 0) / 2
    xx, yy, xy = ((a * b).sum(-1) for a, b in ((right, right), (down, down), (right, down)))
    xx, yy, xy = (blurred(part, around) for part in (xx, yy, xy))
    energy = xx + yy
    apart = np.sqrt((xx - yy) ** 2 + 4 * xy**2)
    return Flow(energy=energy, agreement=apart / (energy + 1e-6))


def blurred(values: NDArray[np.float64], sigma: float) -> NDArray[np.float64]:
    """Blur (H, W, …) by a Gaussian cut at three sigmas; edges repeat."""
    reach = math.ceil(3 * sigma)
    steps = range(-reach, reach + 1)
    weights = np.exp(-(np.asarray(steps) ** 2) / (2 * sigma**2))
    weights /= weights.sum()
    for axis in (0, 1):
        around = [(reach, reach) if n == axis else (0, 0) for n in range(values.ndim)]
        wide = np.moveaxis(np.pad(values, around, mode="edge"), axis, 0)
        length = values.shape[axis]
        parts = (w * wide[n : n + length] for n, w in enumerate(weights))
        values = np.moveaxis(sum(parts, np.zeros(())), 0, axis)
    return values
