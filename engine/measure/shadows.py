"""Find a picture's multiplied shadows: what they multiply by, and on which side they lie.

A multiply layer darkens every colour by the same factors, so among all soft steps without a line
the true shadow's are those that agree with each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.measure.colour import logarithms_of
from engine.measure.lines import change, shifted

#: Half the distance over which a step is looked at, in pixels.
_REACH: Final = 3
#: Each channel's natural logarithm must fall by so much at least and at most.
_FAINTEST, _STRONGEST = 0.1, 0.9
#: Steps agree when they are so near to each other, as logarithms.
_TOLERANCE: Final = 0.08
#: So many steps with no side are added, so that a handful decides nothing.
_DOUBT: Final = 10
_MOST: Final = 400
_FEWEST: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shadow:
    """What the shadows of one picture have in common; all 0 when it has none."""

    #: -1 when all lie on the left of what they belong to, 1 when all lie on the right
    side: float
    #: natural logarithms of what red, green and blue are multiplied by
    factors: NDArray[np.float64]


def find_shadow(rgb: NDArray[np.float64], near_line: NDArray[np.bool_]) -> Shadow:
    """Look for steps in (H, W, 3) values from 0 to 1, away from the lines."""
    smooth = _averaged(rgb)
    across, along = (_steps(smooth, near_line, way) for way in ((0, 1), (1, 0)))
    falls = np.concatenate([-np.abs(across), -np.abs(along)])
    if len(falls) < _FEWEST:
        return Shadow(side=0.0, factors=np.zeros(3))
    factors = _mode(falls)
    agree = np.abs(-np.abs(across) - factors).max(axis=1) < _TOLERANCE
    side = float(np.sign(-across[agree, 1]).sum()) / (int(agree.sum()) + _DOUBT)
    return Shadow(side=side, factors=factors)


def _averaged(rgb: NDArray[np.float64]) -> NDArray[np.float64]:
    """Average three by three pixels: the brush's texture is no shadow."""
    ways = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1)]
    return np.mean([shifted(rgb, *way) for way in ways], axis=0)


def _steps(
    rgb: NDArray[np.float64], near_line: NDArray[np.bool_], way: tuple[int, int]
) -> NDArray[np.float64]:
    """Return (N, 3) changes of the logarithms where all three fall or rise together."""
    down, right = (_REACH * part for part in way)
    step = change(logarithms_of(rgb), down, right)
    size = np.abs(step)
    together = (step > 0).all(-1) | (step < 0).all(-1)
    fit = (size > _FAINTEST).all(-1) & (size < _STRONGEST).all(-1)
    return step[together & fit & ~near_line]


def _mode(falls: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean of the steps that most others agree with."""
    some = falls[:: -(-len(falls) // _MOST)]
    near = np.abs(some[:, None] - some[None]).max(axis=2) < _TOLERANCE
    return some[near[near.sum(axis=1).argmax()]].mean(axis=0)
