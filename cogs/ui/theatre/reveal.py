"""One picture that tells the story: own drawings, the base without the style, and with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image, ImageOps

from cogs.ui.lettering import lines, shorten, write
from cogs.ui.pictures import Copy, as_jpeg, enlarged, read

CELL: Final = 300
GAP: Final = 14
#: Of a row's title above it.
TITLE: Final = 58
PAPER: Final = (250, 248, 244)
INK: Final = (38, 36, 44)
PALE: Final = (110, 104, 114)
_TITLE_SIZE: Final = 36
#: At a phone's width three columns have letters of 13 pixels.
_SIZE: Final = 32
_CAPTION_LINES: Final = 4
_LINE: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class RevealRow:
    """One line of pictures with what it is."""

    title: str
    about: str
    #: files, one per caption
    pictures: tuple[Path, ...]


def reveal(rows: Sequence[RevealRow], captions: Sequence[str]) -> Copy:
    """Lay the rows under each other, one column per caption, the captions below."""
    columns = len(captions)
    worded = [lines(text, _SIZE, CELL, most=_CAPTION_LINES) for text in captions]
    foot = max(len(text) for text in worded) * _LINE + GAP
    width = columns * (CELL + GAP) + GAP
    sheet = Image.new("RGB", (width, len(rows) * (TITLE + CELL) + GAP + foot), PAPER)
    for number, row in enumerate(rows):
        top = number * (TITLE + CELL)
        _title(sheet, row, top)
        for column, path in enumerate(row.pictures[:columns]):
            sheet.paste(_cell(path), (GAP + column * (CELL + GAP), top + TITLE))
    below = len(rows) * (TITLE + CELL) + GAP
    for column, text in enumerate(worded):
        for line, words in enumerate(text):
            at = (GAP + column * (CELL + GAP), below + line * _LINE)
            write(sheet, words, at, size=_SIZE, colour=PALE)
    return as_jpeg(sheet)


def _title(sheet: Image.Image, row: RevealRow, top: int) -> None:
    """Write what the row is, and beside it, as far as it fits, what that means."""
    middle = top + TITLE / 2 + 4
    room = sheet.width - 2 * GAP
    title = shorten(row.title, _TITLE_SIZE, room)
    width = write(sheet, title, (GAP, middle), size=_TITLE_SIZE, anchor="lm", colour=INK)
    left = GAP + width + 20
    about = shorten(row.about, _SIZE, int(sheet.width - GAP - left))
    if len(about) > 1:
        write(sheet, about, (left, middle + 2), size=_SIZE, anchor="lm", colour=PALE)


def _cell(path: Path) -> Image.Image:
    """Show a drawing whole, on paper."""
    image = enlarged(read(path.read_bytes()), CELL)
    return ImageOps.pad(image, (CELL, CELL), Image.Resampling.LANCZOS, color=PAPER)
