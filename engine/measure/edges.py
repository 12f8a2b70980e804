"""Find where fills end: edges of colour, and how well the lines cover them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.measure.lines import shifted
from engine.measure.shadows import Shadow

#: A step is the shadow's when each channel's logarithm is so near to the shadow's own.
_SHADOW_TOLERANCE = 0.12
_BLACK = 0.02
_WAYS = ((0, 1), (1, 0))


def colour_edges(
    rgb: NDArray[np.float64], lab: NDArray[np.float64], shadow: Shadow
) -> NDArray[np.float64]:
    """Return (H, W) how large the step of colour is where one is largest, in CIELAB units, else 0.

    A multiplied shadow's own edge is none: nobody draws a line on it.
    """
    light = np.log(rgb + _BLACK)
    return np.maximum.reduce([_along(light, lab, shadow, way) for way in _WAYS])


def _along(
    light: NDArray[np.float64], lab: NDArray[np.float64], shadow: Shadow, way: tuple[int, int]
) -> NDArray[np.float64]:
    down, right = way
    size = np.linalg.norm(_step(lab, way), axis=-1)
    largest = (size >= shifted(size, down, right)) & (size >= shifted(size, -down, -right))
    change = _step(light, way)
    together = (change > 0).all(-1) | (change < 0).all(-1)
    shade = together & (np.abs(-np.abs(change) - shadow.factors).max(-1) < _SHADOW_TOLERANCE)
    return np.where(largest & ~shade, size, 0.0)


def _step(values: NDArray[np.float64], way: tuple[int, int]) -> NDArray[np.float64]:
    """Return the change over two pixels, channel by channel."""
    down, right = way
    channels = [
        shifted(values[..., i], down, right) - shifted(values[..., i], -down, -right)
        for i in range(values.shape[-1])
    ]
    return np.stack(channels, axis=-1)
