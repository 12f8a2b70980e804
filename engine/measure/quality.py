"""How carefully a drawing is done, read from the picture alone.

Fills that spill, misplaced parts and unfinished areas leave edges of colour without a line on
them; gaps leave loose ends; scribbles and misplaced parts leave lines beside lines. All of them
leave places where edges do not agree which way they run, and that shows in blurred pictures too.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.measure.colour import lab_of, pixels_of
from engine.measure.edges import colour_edges
from engine.measure.flow import blurred, flow_of
from engine.measure.lines import Lines, change, find_lines, near, shifted
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
    "clean edges",  # how well the picture's edges agree on their way, 0 to 1
    "clean lines",  # the same on the lines alone
    "bare colours",  # share of the strong changes of hue and chroma that no line covers
    "unquiet places",  # share of the picture that is neither flat nor an edge
)
#: How much one unit of each sign tells of the score. `python -m engine.builtin quality` finds
#: them: as sensitive to the score as can be while no knob of a style moves their sum.
WEIGHTS: Final = np.asarray(
    [
        -0.484,  # bare edges
        1.081,  # strong edges
        -0.178,  # strong bare edges
        -0.261,  # loose ends
        -1.468,  # crowded line
        1.841,  # lines two pixels apart
        -1.820,  # lines three pixels apart
        -0.048,  # uneven ink
        -10.301,  # ink
        -0.181,  # line width
        0.176,  # uneven width
        7.221,  # clean edges
        5.690,  # clean lines
        -2.358,  # bare colours
        -1.211,  # unquiet places
    ]
)
_EDGE, _STRONG_EDGE = 20.0, 35.0
#: Lines are read up to this width; wider dark bands are fills.
_WIDEST: Final = 9.0
#: An edge is bare when no line is nearer than this, and belongs to a line within reach.
_BARE, _REACH = 2, 6
_CROWD: Final = 4
#: A strong change of hue and chroma, CIELAB units per pixel.
_HUE_STEP: Final = 6.0
#: Variances of colour within some pixels, between that of grain and that of an edge.
_STIR: Final = 1.4
_LEAST_STIR, _MOST_STIR = 9.0, 100.0
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
    return np.asarray(
        [*(float(n) / length for n in counts), *_ink(lines, here), *_cleanness(lab, lines, here)]
    )


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


def _cleanness(
    lab: NDArray[np.float64], lines: Lines, here: NDArray[np.bool_]
) -> tuple[float, float, float, float]:
    flow = flow_of(lab)
    whole = float(flow.energy.sum())
    edges = float((flow.agreement * flow.energy).sum()) / whole if whole else 1.0
    on_lines = float(flow.agreement[here].mean()) if here.any() else 0.0
    strong = _hue_step(lab) > _HUE_STEP
    bare = int((strong & ~near(lines.here, 2)).sum()) / max(int(strong.sum()), 1)
    stir = (blurred(lab**2, _STIR) - blurred(lab, _STIR) ** 2).sum(-1)
    unquiet = (stir > _LEAST_STIR) & (stir < _MOST_STIR)
    return edges, on_lines, bare, float(unquiet.mean())


def _hue_step(lab: NDArray[np.float64]) -> NDArray[np.float64]:
    hues = blurred(lab[..., 1:], 1.0)
    return np.hypot(*(np.linalg.norm(change(hues, *way), axis=-1) / 2 for way in ((0, 1), (1, 0))))
