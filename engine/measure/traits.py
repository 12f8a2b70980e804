"""What a style looks like, as a few named numbers read from one picture."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.measure.colour import chroma_of, lab_of, pixels_of
from engine.measure.lines import Lines, find_lines, near, shifted
from engine.measure.shadows import find_shadow

#: Widths are pixels, colours CIELAB, a shadow's colour natural logarithms.
TRAITS: Final = (
    "line width",
    "ink red-green",
    "ink yellow-blue",
    "ink variety",
    "paper red-green",
    "paper yellow-blue",
    "colourfulness",
    "shadow side",
    "shadow strength",
    "shadow red",
    "shadow blue",
    "grain",
    "streaks",
)
#: Of the lines, the share whose ink is looked at: the deepest are surely lines.
_SURE: Final = 0.5
#: Percentile of the widths: strokes that touch read as one wide line, so the median is too high.
_TYPICAL: Final = 40
#: Percentiles: a few lines of another colour, as faults leave them, are no variety.
_MIDDLE_HALF: Final = (25, 75)
_LIGHTEST: Final = 0.03
#: Flat areas begin so far from a line, in pixels.
_AWAY: Final = 3
_QUIET: Final = 30  # percentile: texture is everywhere, a fill's edge is not


def traits(picture: Image.Image) -> NDArray[np.float64]:
    """Measure everything in `TRAITS`, in that order; (T,)."""
    rgb = pixels_of(picture)
    lab = lab_of(rgb)
    lines = find_lines(lab[..., 0])
    flat = ~near(lines.here, _AWAY)
    return np.concatenate(
        [
            _ink(lab, lines),
            _paper(lab),
            [chroma_of(lab)[flat].mean() if flat.any() else 0.0],
            _shadow(rgb, lines),
            _texture(lab[..., 0], flat),
        ]
    )


def line_width(picture: Image.Image) -> float:
    """Return the typical width of the picture's lines in pixels; 0 when it has none."""
    lines = find_lines(lab_of(pixels_of(picture))[..., 0])
    return _width(lines) if lines.here.any() else 0.0


def _width(lines: Lines) -> float:
    return float(np.percentile(lines.width[_sure(lines)], _TYPICAL))


def _sure(lines: Lines) -> NDArray[np.bool_]:
    deep = lines.depth >= np.quantile(lines.depth[lines.here], 1 - _SURE)
    return lines.here & deep


def _ink(lab: NDArray[np.float64], lines: Lines) -> NDArray[np.float64]:
    if not lines.here.any():
        return np.zeros(4)
    sure = _sure(lines)
    ink = lab[sure]
    low, high = np.percentile(ink[:, 1:], _MIDDLE_HALF, axis=0)
    variety = np.hypot(*(high - low))
    return np.asarray([_width(lines), *np.median(ink[:, 1:], axis=0), variety])


def _paper(lab: NDArray[np.float64]) -> NDArray[np.float64]:
    lightest = lab[..., 0] >= np.quantile(lab[..., 0], 1 - _LIGHTEST)
    return lab[lightest][:, 1:].mean(axis=0)


def _shadow(rgb: NDArray[np.float64], lines: Lines) -> NDArray[np.float64]:
    shadow = find_shadow(rgb, near(lines.here, 2))
    red, green, blue = shadow.factors
    return np.asarray([shadow.side, -shadow.factors.mean(), red - green, blue - green])


def _texture(light: NDArray[np.float64], flat: NDArray[np.bool_]) -> NDArray[np.float64]:
    if not flat.any():
        return np.zeros(2)
    around = sum(shifted(light, *way) for way in ((0, 1), (1, 0), (0, -1), (-1, 0)))
    fine = np.abs(4 * light - around)
    coarse = np.abs(2 * light - shifted(light, 4, 0) - shifted(light, -4, 0))
    return np.percentile(np.stack([fine[flat], coarse[flat]]), _QUIET, axis=1)
