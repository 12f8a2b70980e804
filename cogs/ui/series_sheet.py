"""A series on one sheet, each picture with the words it was drawn for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PIL import Image

from cogs.ui.lettering import FAINT, GROUND, badge, lines, write
from cogs.ui.pictures import GAP, Copy, as_jpeg, read

#: Three times a phone's width of 390 pixels, on which the letters are 11 pixels high.
SHEET_WIDTH: Final = 1170
LETTERS: Final = 34
_LINE: Final = 42
_CAPTION_LINES: Final = 3
_COLUMNS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Captioned:
    """One picture of a series."""

    number: int
    data: bytes
    words: str


def series_sheet(series: Sequence[Captioned]) -> Copy:
    """Lay the pictures out in rows; a row is as high as its longest caption needs."""
    columns = min(_COLUMNS, 2 if len(series) == 4 else len(series))
    side = (SHEET_WIDTH - GAP * (columns + 1)) // columns
    rows = [series[first : first + columns] for first in range(0, len(series), columns)]
    drawn = [_row(row, side) for row in rows]
    sheet = Image.new("RGB", (SHEET_WIDTH, GAP + sum(row.height for row in drawn)), GROUND)
    top = GAP
    for row in drawn:
        sheet.paste(row, (0, top))
        top += row.height
    return as_jpeg(sheet)


def _row(series: Sequence[Captioned], side: int) -> Image.Image:
    pictures = [_fitted(one, side) for one in series]
    captions = [lines(one.words, LETTERS, side, most=_CAPTION_LINES) for one in series]
    tall = max(picture.height for picture in pictures)
    row = Image.new("RGB", (SHEET_WIDTH, tall + _LINE * max(map(len, captions)) + 2 * GAP), GROUND)
    for place, (picture, caption) in enumerate(zip(pictures, captions, strict=True)):
        left = GAP + place * (side + GAP)
        row.paste(picture, (left, 0))
        for line, text in enumerate(caption):
            write(row, text, (left, tall + GAP + line * _LINE), size=LETTERS, colour=FAINT)
    return row


def _fitted(one: Captioned, side: int) -> Image.Image:
    image = read(one.data)
    size = (side, round(image.height * side / image.width))
    image = image.resize(size, Image.Resampling.LANCZOS)
    edge = round(side * 0.14)
    badge(image, str(one.number), side=edge, margin=round(edge * 0.25))
    return image
