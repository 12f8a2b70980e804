"""What a drawing looks like to whoever decides about it: damage, borders, and simple traits.

Every bound of the warnings made from this was set on the sample artists' 240 drawings and on
damaged copies of them; `tests/bot/decode/test_look.py` counts both.
"""

from __future__ import annotations

import base64
import json
from dataclasses import asdict, dataclass
from math import ceil
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bot.decode.jpeg_traces import NO_JPEG

Grey = NDArray[np.float32]
Box = tuple[int, int, int, int]

THUMB_SIDE: Final = 48
#: What is lost by shrinking and enlarging again, as a part of the contrast between neighbours:
#: below it, nothing was there to lose. Of the sample drawings, 98 % have 0.19 and more as they are,
#: 0.174 and less when they were enlarged twofold, by whatever filter.
_LOST_LEAST: Final = 0.17
#: Not 2: at exactly that, what was enlarged twofold depends on where its pixels lay.
_SHRINK: Final = 1.8
_HALVINGS_MOST: Final = 3
_HALVED_SIDE_LEAST: Final = 32
_SHARPNESS_SIDE: Final = 768
_PLAIN: Final = 2.0
#: The variance of rounding to whole steps, which is no detail.
_ROUNDING: Final = 1 / 12
#: Borders are looked for at this size at most.
_BORDER_SIDE: Final = 512
#: Of 255: what differs so little from the border is border.
_BORDER_TOLERANCE: Final = 20
#: A row or column with less of something in it is empty: specks are no drawing.
_ROW_LEAST: Final = 0.01
#: Traits are read at this size, so that they mean the same for every drawing.
_TRAITS_SIDE: Final = 256
_AROUND: Final = 9
_LINE_DEPTH: Final = 25
_SOFT_STEPS: Final = (2, 14)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Everything measured of one drawing as it is kept."""

    #: a grey copy of `THUMB_SIDE`² pixels, base64
    thumb: str
    #: how often it can be halved and lose nothing: once for what was enlarged twofold
    halvings: int
    #: quality of the worst JPEG that it went through, 1 to 95; `NO_JPEG` when there was none
    jpeg_quality: int
    #: everything but the plain border: left, top, right, bottom
    content: Box
    #: 0 for grey to 1
    saturation: float
    #: how many colours it seems to have: e to the entropy over 512 of them
    colours: float
    #: share of pixels much darker than what is around
    line_share: float
    #: share of pixels in soft transitions
    shading: float


def look_of(picture: Image.Image, *, jpeg_quality: int = NO_JPEG) -> Look:
    """Measure an opaque RGB picture."""
    small = picture.copy()
    small.thumbnail((_TRAITS_SIDE, _TRAITS_SIDE), Image.Resampling.BOX)
    grey = np.asarray(small.convert("L"), dtype=np.float32)
    content = _content(picture)
    return Look(
        thumb=base64.b64encode(_thumb(picture)).decode(),
        halvings=_halvings(picture, content),
        jpeg_quality=jpeg_quality,
        content=content,
        saturation=_saturation(small),
        colours=_colours(small),
        line_share=_line_share(grey),
        shading=_shading(grey),
    )


def look_to_json(look: Look) -> str:
    """Write it for the store."""
    return json.dumps(asdict(look))


def look_from_json(text: str) -> Look:
    """Read what `look_to_json` wrote."""
    fields = json.loads(text)
    return Look(**fields | {"content": tuple(fields["content"])})


def _thumb(picture: Image.Image) -> bytes:
    side = (THUMB_SIDE, THUMB_SIDE)
    return picture.convert("L").resize(side, Image.Resampling.BOX).tobytes()


def _halvings(picture: Image.Image, content: Box) -> int:
    """Count how often the picture can be halved before something is lost."""
    grey = picture.crop(_middle(content, _SHARPNESS_SIDE)).convert("F")
    for count in range(_HALVINGS_MOST):
        if min(grey.size) < 2 * _HALVED_SIDE_LEAST or _lost(grey) >= _LOST_LEAST:
            return count
        half = (round(grey.width / 2), round(grey.height / 2))
        grey = grey.resize(half, Image.Resampling.LANCZOS)
    return _HALVINGS_MOST


def _middle(box: Box, most: int) -> Box:
    left, top, right, bottom = box
    left, top = max(left, (left + right - most) // 2), max(top, (top + bottom - most) // 2)
    return left, top, min(right, left + most), min(bottom, top + most)


def _lost(grey: Image.Image) -> float:
    size = (round(grey.width / _SHRINK), round(grey.height / _SHRINK))
    smaller = grey.resize(size, Image.Resampling.LANCZOS)
    again = np.asarray(smaller.resize(grey.size, Image.Resampling.BICUBIC))
    values = np.asarray(grey)
    if values.std() < _PLAIN:
        return 1.0  # a plain area has nothing to lose, and is not blurred for it
    steps = np.square(np.diff(values, axis=0)[:, :-1]) + np.square(np.diff(values, axis=1)[:-1])
    lost = max(0.0, float(np.square(values - again).mean()) - _ROUNDING)
    return float(np.sqrt(lost / max(float(steps.mean()), _ROUNDING)))


def _content(picture: Image.Image) -> Box:
    """Find what lies inside a border of one colour; the whole picture when it is all border."""
    small = picture.copy()
    small.thumbnail((_BORDER_SIDE, _BORDER_SIDE), Image.Resampling.BOX)
    values = np.asarray(small, dtype=np.int16)
    ring = np.concatenate([values[0], values[-1], values[:, 0], values[:, -1]])
    differs = np.abs(values - np.median(ring, axis=0)).max(axis=-1) > _BORDER_TOLERANCE
    rows = np.flatnonzero(differs.mean(axis=1) > _ROW_LEAST)
    columns = np.flatnonzero(differs.mean(axis=0) > _ROW_LEAST)
    if not rows.size or not columns.size:
        return 0, 0, picture.width, picture.height
    across, down = picture.width / small.width, picture.height / small.height
    left, right = int(columns[0] * across), ceil((columns[-1] + 1) * across)
    top, bottom = int(rows[0] * down), ceil((rows[-1] + 1) * down)
    return left, top, min(right, picture.width), min(bottom, picture.height)


def _saturation(picture: Image.Image) -> float:
    values = np.asarray(picture, dtype=np.float32)
    return float((values.max(axis=-1) - values.min(axis=-1)).mean() / 255)


def _colours(picture: Image.Image) -> float:
    red, green, blue = np.moveaxis(np.asarray(picture) // 32, -1, 0).astype(np.int64)
    shares = np.bincount((red * 64 + green * 8 + blue).ravel(), minlength=512) / red.size
    shares = shares[shares > 0]
    return float(np.exp(-(shares * np.log(shares)).sum()))


def _line_share(grey: Grey) -> float:
    return float((_mean_around(grey) - grey > _LINE_DEPTH).mean())


def _mean_around(grey: Grey) -> Grey:
    reach = _AROUND // 2
    sums = np.pad(grey, reach, mode="edge").cumsum(axis=0, dtype=np.float64).cumsum(axis=1)
    sums = np.pad(sums, ((1, 0), (1, 0)))
    n = _AROUND
    total = sums[n:, n:] - sums[:-n, n:] - sums[n:, :-n] + sums[:-n, :-n]
    return (total / n**2).astype(np.float32)


def _shading(grey: Grey) -> float:
    steps = np.hypot(np.diff(grey, axis=0)[:, :-1], np.diff(grey, axis=1)[:-1])
    least, most = _SOFT_STEPS
    return float(((steps > least) & (steps < most)).mean())


def thumb_picture(look: Look) -> Image.Image:
    """Return the small grey copy."""
    data = base64.b64decode(look.thumb)
    return Image.frombytes("L", (THUMB_SIDE, THUMB_SIDE), data)
