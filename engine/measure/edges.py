"""Find where fills end: edges of colour, and how well the lines cover them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.measure.colour import logarithms_of
from engine.measure.lines import change, shifted
from engine.measure.shadows import Shadow

#: A step is the shadow's when each channel's logarithm is so near to the shadow's own.
_SHADOW_TOLERANCE = 0.12
_WAYS = ((0, 1), (1, 0))


def colour_edges(
    rgb: NDArray[np.float64], lab: NDArray[np.float64], shadow: Shadow
) -> NDArray[np.float64]:
    """Return (H, W) how large the step of colour is where one is largest, in CIELAB units, else 0.

    A multiplied shadow's own edge is none: nobody draws a line on it.
    """
    light = logarithms_of(rgb)
    return np.maximum.reduce([_along(light, lab, shadow, way) for way in _WAYS])


def _along(
    light: NDArray[np.float64], lab: NDArray[np.float64], shadow: Shadow, way: tuple[int, int]
) -> NDArray[np.float64]:
    down, right = way
    size = np.linalg.norm(change(lab, down, right), axis=-1)
    largest = (size >= shifted(size, down, right)) & (size >= shifted(size, -down, -right))
    step = change(light, down, right)
    together = (step > 0).all(-1) | (step < 0).all(-1)
    shade = together & (np.abs(-np.abs(step) - shadow.factors).max(-1) < _SHADOW_TOLERANCE)
    return np.where(largest & ~shade, size, 0.0)
