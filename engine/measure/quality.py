"""How carefully a drawing is done, read from the picture alone.

Fills that spill, misplaced parts and unfinished areas leave edges of colour without a line on
them; gaps leave loose ends; scribbles and misplaced parts leave lines beside lines.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.measure.colour import lab_of, pixels_of
from engine.measure.edges import colour_edges
from engine.measure.lines import Lines, find_lines, near, shifted
from engine.measure.shadows import find_shadow

#: What is counted, per pixel of line unless it says otherwise.
SIGNS: Final = (
    "bare edges",
    "strong edges",
    "strong bare edges",
    "loose ends",
    "crowded line",
    "lines two pixels apart",
    "lines three pixels apart",
    "uneven ink",  # standard deviation of the lines' depth, in L*
    "ink",  # per pixel of the picture
    "line width",  # pixels; like the next it tells little itself, but how to read the others
    "uneven width",  # pixels, between the quartiles
)
#: How much one unit of each sign tells of the score. `python -m engine.builtin quality` finds
#: them: as sensitive to the score as can be while no knob of a style moves their sum.
WEIGHTS: Final = np.asarray(
    [
        -0.973,  # bare edges
        1.296,  # strong edges
        -1.831,  # strong bare edges
        -0.083,  # loose ends
        -1.118,  # crowded line
        1.188,  # lines two pixels apart
        -0.774,  # lines three pixels apart
        -0.009,  # uneven ink
        -9.642,  # ink
        -0.174,  # line width
        0.115,  # uneven width
    ]
)
_EDGE, _STRONG_EDGE = 20.0, 35.0
#: Lines are read up to this width; wider dark bands are fills.
_WIDEST: Final = 9.0
#: An edge is bare when no line is nearer than this, and belongs to a line within reach.
_BARE, _REACH = 2, 6
_CROWD: Final = 4
_AROUND: Final = [(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1) if (y, x) != (0, 0)]


def quality_score(picture: Image.Image) -> float:
    """Say how well it is done; more is better, and only differences mean something."""
    return float(WEIGHTS @ signs(picture))


def signs(picture: Image.Image) -> NDArray[np.float64]:
    """Count everything in `SIGNS`, in that order; (S,)."""
    rgb = pixels_of(picture)
    lab = lab_of(rgb)
    lines = find_lines(lab[..., 0])
    here = lines.here & (lines.width < _WIDEST)
    edges = colour_edges(rgb, lab, find_shadow(rgb, near(lines.here, 2)))
    length = max(int(here.sum()), 1)
    counts = [*_bareness(edges, here), *_looseness(here)]
    return np.asarray([*(float(n) / length for n in counts), *_ink(lines, here)])


def _bareness(edges: NDArray[np.float64], here: NDArray[np.bool_]) -> list[int]:
    beside = near(here, _REACH)
    off_line, bare = beside & ~near(here, 1), beside & ~near(here, _BARE)
    strong = edges > _STRONG_EDGE
    found = ((edges > _EDGE) & bare, strong & off_line, strong & bare)
    return [int(part.sum()) for part in found]


def _looseness(here: NDArray[np.bool_]) -> list[int]:
    neighbours = np.sum([shifted(here, *way) for way in _AROUND], axis=0)
    ends, crowd = here & (neighbours <= 1), here & (neighbours >= _CROWD - 1)
    return [int(ends.sum()), int(crowd.sum()), _twins(here, 2), _twins(here, 3)]


def _twins(here: NDArray[np.bool_], apart: int) -> int:
    """Count pairs of line pixels that far apart with no line between them."""
    count = 0
    for down, right in ((0, 1), (1, 0)):
        pair = here & shifted(here, apart * down, apart * right)
        for k in range(1, apart):
            pair &= ~shifted(here, k * down, k * right)
        count += int(pair.sum())
    return count


def _ink(lines: Lines, here: NDArray[np.bool_]) -> list[float]:
    if not here.any():
        return [0.0] * 4
    low, middle, high = np.percentile(lines.width[here], (25, 50, 75))
    return [float(lines.depth[here].std()), float(here.mean()), float(middle), float(high - low)]
