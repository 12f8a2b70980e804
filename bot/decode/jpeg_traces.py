"""What JPEG left in a picture: told by its tables, else by the grid of 8 pixels in its values.

JPEG keeps each square of 8×8 as multiples of a table's steps (ITU-T T.81, annex K). As long as the
picture was not scaled since, the squares still show it, whatever file it is in now.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Blocks = NDArray[np.float64]

#: The quality of what never was a JPEG.
NO_JPEG: Final = 100
#: Looked at from the middle; more squares would tell no more.
_SIDE_MOST: Final = 384
_BUSY: Final = 20.0  # a flat square has no steps to look at
_BUSY_LEAST: Final = 8
_ZERO: Final = 1.0
#: How many more zeros the best of the 64 grids has than the middle one: 0.07 at most in drawings
#: that never were JPEG, 0.20 at least at quality 95.
_GRID_LEAST: Final = 0.13
_OFF_MOST: Final = 0.12  # mean distance from the steps; chance gives 0.25
_COUNTED_LEAST: Final = 20
_QUALITIES: Final = range(10, 96, 5)
_LUMINANCE: Final = np.asarray(
    [
        [16, 11, 10, 16, 24, 40, 51, 61],
        [12, 12, 14, 19, 26, 58, 60, 55],
        [14, 13, 16, 24, 40, 57, 69, 56],
        [14, 17, 22, 29, 51, 87, 80, 62],
        [18, 22, 37, 56, 68, 109, 103, 77],
        [24, 35, 55, 64, 81, 104, 113, 92],
        [49, 64, 78, 87, 103, 121, 120, 101],
        [72, 92, 95, 98, 112, 100, 103, 99],
    ]
)
_COSINES: Final = np.asarray(
    [
        [np.cos((2 * x + 1) * u * np.pi / 16) * np.sqrt((1 if u == 0 else 2) / 8) for x in range(8)]
        for u in range(8)
    ]
)
#: The steps that carry the most, by row and column.
_LOW: Final = [(u, v) for u in range(4) for v in range(4 - u) if u + v]


def table_quality(picture: Image.Image) -> int | None:
    """Tell a JPEG's quality by its own table; None for any other file."""
    tables = cast("dict[int, Sequence[int]]", getattr(picture, "quantization", None) or {})
    if not tables:
        return None
    # Sums in whatever order the table is stored.
    share = float(np.sum(np.asarray(tables[min(tables)], dtype=np.float64)) / _LUMINANCE.sum())
    quality = 50 / share if share > 1 else 100 - 50 * share
    return max(1, min(95, round(quality)))


def traced_quality(picture: Image.Image) -> int:
    """Tell the quality of the JPEG that an RGB picture once was; `NO_JPEG` without any trace."""
    grey = _middle(picture)
    grids = [(down, right) for down in range(8) for right in range(8)]
    zeros = np.asarray([_zero_share(_blocks(grey, *grid)) for grid in grids])
    best = int(zeros.argmax())
    if zeros[best] - np.median(zeros) < _GRID_LEAST:
        return NO_JPEG
    blocks = _blocks(grey, *grids[best])
    fitting = (quality for quality in _QUALITIES if _off_steps(blocks, quality) < _OFF_MOST)
    return next(fitting, _QUALITIES[-1])


def _middle(picture: Image.Image) -> NDArray[Any]:
    left = max(0, (picture.width - _SIDE_MOST) // 2)
    top = max(0, (picture.height - _SIDE_MOST) // 2)
    box = (left, top, min(picture.width, left + _SIDE_MOST), min(picture.height, top + _SIDE_MOST))
    return np.asarray(picture.crop(box).convert("L"), dtype=np.float64) - 128


def _blocks(grey: NDArray[Any], down: int, right: int) -> Blocks:
    """Return the frequencies of all squares of the grid that begins there; (N, 8, 8)."""
    height, width = (grey.shape[0] - down) // 8, (grey.shape[1] - right) // 8
    part = grey[down : down + 8 * height, right : right + 8 * width]
    squares = part.reshape(height, 8, width, 8).transpose(0, 2, 1, 3).reshape(-1, 8, 8)
    return _COSINES @ squares @ _COSINES.T


def _zero_share(blocks: Blocks) -> float:
    sizes = np.abs(blocks).reshape(-1, 64)[:, 1:]
    busy = sizes.max(axis=1, initial=0) > _BUSY
    return float((sizes[busy] < _ZERO).mean()) if busy.sum() >= _BUSY_LEAST else 0.0


def _off_steps(blocks: Blocks, quality: int) -> float:
    """Measure how far the frequencies are from multiples of that quality's steps, in steps."""
    scale = 5000 / quality if quality < 50 else 200 - 2 * quality
    steps = np.clip((_LUMINANCE * scale + 50) // 100, 1, 255)
    found = np.concatenate([blocks[:, u, v] / steps[u, v] for u, v in _LOW])
    found = found[np.abs(found) > 0.6]
    if found.size < _COUNTED_LEAST:
        return 0.25
    return float(np.abs(found - np.round(found)).mean())
