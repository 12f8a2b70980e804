"""Find drawn lines: dark ridges, and how wide and deep each is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

#: How far to both sides of a pixel its line may reach, in steps.
REACH: Final = 6
#: A line is at least so much darker than what lies on both sides of it, in L*.
LEAST_DEPTH: Final = 10.0
#: Right, down, and both diagonals.
_NEXT: Final = ((0, 1), (1, 0), (0, -1), (-1, 0))
_WAYS: Final = ((0, 1), (1, 0), (1, 1), (1, -1))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lines:
    """All (H, W). Where `here` is false, `width` and `depth` mean nothing."""

    here: NDArray[np.bool_]
    #: pixels, as the line's darkness divided by its depth: a blurred line is no wider for it
    width: NDArray[np.float64]
    #: L* below the darker of the two sides
    depth: NDArray[np.float64]


def find_lines(light: NDArray[np.float64]) -> Lines:
    """Find the middles of the lines in (H, W) lightness 0 to 100.

    Each pixel is looked at across four ways; the way that shows the narrowest line counts.
    """
    width = np.full(light.shape, np.inf)
    depth = np.zeros(light.shape)
    for way in _WAYS:
        found, wide, deep = _across(light, way)
        better = found & (wide < width)
        width[better], depth[better] = wide[better], deep[better]
    return Lines(here=np.isfinite(width), width=width, depth=depth)


def change(values: NDArray[Any], down: int, right: int) -> NDArray[Any]:
    """Return the change from so far behind each pixel of (H, W, …) to so far before it."""
    return shifted(values, down, right) - shifted(values, -down, -right)


def shifted(values: NDArray[Any], down: int, right: int) -> NDArray[Any]:
    """Return what lies so many pixels below and right of each pixel of (H, W, …); edges repeat."""
    rows = np.clip(np.arange(values.shape[0]) + down, 0, values.shape[0] - 1)
    columns = np.clip(np.arange(values.shape[1]) + right, 0, values.shape[1] - 1)
    return values[rows][:, columns]


def near(here: NDArray[np.bool_], distance: int) -> NDArray[np.bool_]:
    """Return which pixels are at most so many steps, right, left, up or down, from one of these."""
    spread = here
    for _ in range(distance):
        spread = spread | np.any([shifted(spread, *way) for way in _NEXT], axis=0)
    return spread


def _across(
    light: NDArray[np.float64], way: tuple[int, int]
) -> tuple[NDArray[np.bool_], NDArray[np.float64], NDArray[np.float64]]:
    down, right = way
    before = [shifted(light, -k * down, -k * right) for k in range(1, REACH + 1)]
    after = [shifted(light, k * down, k * right) for k in range(1, REACH + 1)]
    ground = np.minimum(np.max(before, axis=0), np.max(after, axis=0))
    depth = ground - light
    lowest = (light <= before[0]) & (light < after[0])
    dark = depth + _dark(before, ground, depth) + _dark(after, ground, depth)
    found = lowest & (depth >= LEAST_DEPTH)
    width = np.hypot(down, right) * dark / np.where(found, depth, 1.0)
    return found, width, depth


def _dark(
    side: list[NDArray[np.float64]], ground: NDArray[np.float64], depth: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Add up the darkness outwards, until the line's side is reached."""
    total, inside = np.zeros_like(depth), np.ones_like(depth, dtype=np.bool_)
    for value in side:
        below = ground - value
        inside &= below > 0.1 * depth
        total += np.where(inside, np.minimum(below, depth), 0.0)
    return total
