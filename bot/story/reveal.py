"""One picture that tells the story: own drawings, the base without the style, and with it."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFont

FONT: Final = Path(__file__).parents[2] / "data" / "assets" / "fonts" / "ownhand-sans.otf"
CELL: Final = 272
GAP: Final = 14
LABELS: Final = 190
FOOT: Final = 64
PAPER: Final = (250, 248, 244)
INK: Final = (38, 36, 44)
PALE: Final = (122, 116, 126)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of pictures with what it is."""

    title: str
    about: str
    pictures: Sequence[Image.Image]


def reveal(rows: Sequence[Row], captions: Sequence[str]) -> Image.Image:
    """Lay the rows under each other, one column per caption."""
    columns = len(captions)
    width = LABELS + columns * (CELL + GAP) + GAP
    height = GAP + len(rows) * (CELL + GAP) + FOOT
    sheet = Image.new("RGB", (width, height), PAPER)
    pen = ImageDraw.Draw(sheet)
    for number, row in enumerate(rows):
        top = GAP + number * (CELL + GAP)
        _label(pen, row, top)
        for column, picture in enumerate(row.pictures[:columns]):
            shown = picture.convert("RGB").resize((CELL, CELL), Image.Resampling.LANCZOS)
            sheet.paste(shown, (LABELS + GAP + column * (CELL + GAP), top))
    for column, caption in enumerate(captions):
        left = LABELS + GAP + column * (CELL + GAP)
        _lines(pen, (left, height - FOOT + 2), caption, size=15, most=CELL, colour=PALE)
    return sheet


def _label(pen: ImageDraw.ImageDraw, row: Row, top: int) -> None:
    room = LABELS - GAP
    below = _lines(pen, (GAP, top + CELL // 3), row.title, size=26, most=room, colour=INK)
    _lines(pen, (GAP, below + 6), row.about, size=15, most=room, colour=PALE)


def _lines(
    pen: ImageDraw.ImageDraw,
    at: tuple[int, int],
    text: str,
    *,
    size: int,
    most: int,
    colour: tuple[int, int, int],
) -> int:
    """Write text broken to `most` pixels; return the y below it."""
    font = ImageFont.truetype(str(FONT), size)
    left, top = at
    for line in textwrap.wrap(text, max(8, int(most / font.getlength("n") * 1.05))):
        pen.text((left, top), line, font=font, fill=colour)
        top += int(size * 1.3)
    return top
