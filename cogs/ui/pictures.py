"""Pictures made for showing: enlarged, numbered, side by side. The originals stay untouched.

Everything here is pure and takes milliseconds to tens of them; callers run it in a thread.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageOps

from bot.services.files.room import USUAL_BYTES, fitted
from cogs.ui.lettering import GROUND, badge

#: Shorter sides than this are enlarged, so that a toy's pictures can be looked at.
SHOWN_SIDE: Final = 512
GALLERY_SIDE: Final = 512
PREVIEW_SIDE: Final = 192
#: A sheet of drawings is as wide as a phone, and not so high that it would be shown narrower.
SHEET_COLUMNS: Final = 4
SHEET_ROWS: Final = 3
SHEET_CELL: Final = 240
#: At a phone's width, 390 pixels for a whole row, letters of 13 pixels.
SHEET_BADGE: Final = 50
GAP: Final = 8
#: The first one is what nobody tells from the original; the rest is for what would not fit.
_JPEG_QUALITIES: Final = (92, 80, 60, 40)


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A picture packed for posting."""

    data: bytes
    #: the file name's end, without the dot
    suffix: str


def read(data: bytes) -> Image.Image:
    """Open one of our own pictures."""
    with Image.open(io.BytesIO(data)) as image:
        return image.convert("RGB")


def as_png(image: Image.Image) -> Copy:
    """Pack without loss."""
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=6)
    return Copy(data=out.getvalue(), suffix="png")


def as_jpeg(image: Image.Image, most_bytes: int = USUAL_BYTES) -> Copy:
    """Pack small, where many are looked at together; coarser where that would not fit."""
    out = io.BytesIO()
    for quality in _JPEG_QUALITIES:
        out = io.BytesIO()
        image.save(out, "JPEG", quality=quality, subsampling=0)
        if len(out.getvalue()) <= most_bytes:
            break
    return Copy(data=out.getvalue(), suffix="jpg")


def enlarged(image: Image.Image, side: int = SHOWN_SIDE) -> Image.Image:
    """Bring the shorter side up to `side`; larger pictures stay as they are."""
    shorter = min(image.size)
    if shorter >= side:
        return image
    factor = side / shorter
    size = (round(image.width * factor), round(image.height * factor))
    return image.resize(size, Image.Resampling.LANCZOS)


def shown(data: bytes, number: int | None, most_bytes: int = USUAL_BYTES) -> Copy:
    """Make what is posted of a picture; `number` is what people vote by.

    A single picture that is large enough is posted with its recipe inside: as it is, or as WebP
    where that would not fit.
    """
    image = read(data)
    if number is None and min(image.size) >= SHOWN_SIDE:
        whole = fitted(data, most_bytes)
        if whole is not None:
            return Copy(data=whole.data, suffix=whole.suffix)
    image = enlarged(image)
    if number is not None:
        _number(image, number)
    return as_jpeg(image, most_bytes)


def for_gallery(data: bytes, number: int) -> Copy:
    """Make a small numbered copy."""
    image = enlarged(read(data), GALLERY_SIDE)
    image.thumbnail((2 * GALLERY_SIDE, 2 * GALLERY_SIDE), Image.Resampling.LANCZOS)
    _number(image, number)
    return as_jpeg(image)


def rough_sheet(previews: Sequence[bytes]) -> Copy:
    """Lay unfinished pictures out small, two in a row."""
    cells = [
        ImageOps.pad(read(data), (PREVIEW_SIDE, PREVIEW_SIDE), color="white") for data in previews
    ]
    columns = min(2, len(cells))
    rows = -(-len(cells) // columns)
    pitch = PREVIEW_SIDE + GAP
    sheet = Image.new("RGB", (columns * pitch - GAP, rows * pitch - GAP), GROUND)
    for index, cell in enumerate(cells):
        sheet.paste(cell, (index % columns * pitch, index // columns * pitch))
    return as_jpeg(sheet)


def _number(image: Image.Image, number: int) -> None:
    """Take a seventh of the side: readable when three pictures share a phone's width."""
    side = round(max(min(image.size) * 0.14, image.width * 0.125))
    badge(image, str(number), side=side, margin=round(side * 0.25))
