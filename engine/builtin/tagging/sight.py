"""How the tagger's 448 pixels become the 128 that it looks at."""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.builtin.pen import SIDE
from engine.captions.wd import SIDE as SHOWN

#: How Pillow reduces; a bicubic one would overshoot at the lines a second time.
_DOWN: Final = Image.Resampling.BILINEAR


def _resampled(width: int, height: int, how: Image.Resampling) -> NDArray[np.float32]:
    """Resizing is linear: resize the unit matrix, and its columns say what it does."""
    unit = Image.fromarray(np.eye(width, dtype=np.float32))
    return np.asarray(unit.resize((width, height), how), dtype=np.float32)


@cache
def shrinking() -> NDArray[np.float32]:
    """Return (128, 448): what the tagger's first step multiplies rows and columns with."""
    return _resampled(SHOWN, SIDE, _DOWN)


@cache
def round_trip() -> NDArray[np.float32]:
    """Return (128, 128): a drawing enlarged for the tagger and shrunk inside it again."""
    return shrinking() @ _resampled(SIDE, SHOWN, Image.Resampling.BICUBIC)
