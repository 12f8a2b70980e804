"""The contact sheet of a draft: every drawing, and in a frame what the base will see of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageOps

from cogs.ui.lettering import GROUND, badge, font, write
from cogs.ui.pictures import (
    GAP,
    SHEET_BADGE,
    SHEET_CELL,
    SHEET_COLUMNS,
    SHEET_ROWS,
    Copy,
    as_jpeg,
    read,
)

Box = tuple[int, int, int, int]

_FRAME: Final = (232, 163, 61)
_FRAME_PX: Final = 3
#: How much is left of what the base does not see.
_DIMMED: Final = 0.35
#: Smaller losses are a matter of a few pixels.
_TOLD_FROM: Final = 0.03
#: At a phone's width, 390 pixels for a whole row, letters of 13 pixels.
_LETTERS: Final = 34
#: So many drawings are on one sheet, and on all sheets of a card.
SHEET_DRAWINGS: Final = SHEET_COLUMNS * SHEET_ROWS
SHEETS_DRAWINGS: Final = 3 * SHEET_DRAWINGS
_PAIR_CELL: Final = 250
_PAIR_BADGE: Final = 54
PAIRS_MOST: Final = 6
_PAIR_COLUMNS: Final = 2
_BETWEEN_PAIRS: Final = 28


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One drawing of a sheet."""

    number: int
    path: Path
    #: the part that the base sees, in the drawing's pixels
    crop: Box
    #: which share of its area that is
    kept: float


def draft_sheets(shots: Sequence[Shot]) -> list[Copy]:
    """Lay drawings out in grids, whole, each with its number, its frame and its loss."""
    firsts = range(0, len(shots), SHEET_DRAWINGS)
    columns = min(SHEET_COLUMNS, len(shots))
    return [_sheet(shots[first : first + SHEET_DRAWINGS], columns) for first in firsts]


def _sheet(shots: Sequence[Shot], columns: int) -> Copy:
    rows = -(-len(shots) // columns)
    pitch = SHEET_CELL + GAP
    sheet = Image.new("RGB", (columns * pitch + GAP, rows * pitch + GAP), GROUND)
    for index, shot in enumerate(shots):
        place = (GAP + index % columns * pitch, GAP + index // columns * pitch)
        sheet.paste(_cell(shot, SHEET_CELL), place)
    return as_jpeg(sheet)


def pair_sheet(pairs: Sequence[tuple[Shot, Shot]]) -> Copy:
    """Lay drawings that look alike side by side, up to `PAIRS_MOST` pairs."""
    shown = list(pairs)[:PAIRS_MOST]
    columns = min(_PAIR_COLUMNS, len(shown))
    rows = -(-len(shown) // columns)
    pitch = 2 * _PAIR_CELL + GAP + _BETWEEN_PAIRS
    size = (columns * pitch - _BETWEEN_PAIRS + 2 * GAP, rows * (_PAIR_CELL + GAP) + GAP)
    sheet = Image.new("RGB", size, GROUND)
    for index, pair in enumerate(shown):
        left = GAP + index % columns * pitch
        top = GAP + index // columns * (_PAIR_CELL + GAP)
        for place, shot in enumerate(pair):
            cell = _drawing(shot, _PAIR_CELL)
            badge(cell, str(shot.number), side=_PAIR_BADGE, margin=6)
            sheet.paste(cell, (left + place * (_PAIR_CELL + GAP), top))
    return as_jpeg(sheet)


def _drawing(shot: Shot, side: int) -> Image.Image:
    return ImageOps.pad(read(shot.path.read_bytes()), (side, side), color="white")


def _cell(shot: Shot, side: int) -> Image.Image:
    whole = read(shot.path.read_bytes())
    cell = ImageOps.pad(whole, (side, side), color="white")
    if 1 - shot.kept >= _TOLD_FROM:
        cell = _framed(cell, _scaled(shot.crop, whole.size, side))
        _tell_loss(cell, 1 - shot.kept)
    badge(cell, str(shot.number), side=SHEET_BADGE, margin=6)
    return cell


def _scaled(box: Box, size: tuple[int, int], side: int) -> Box:
    """Find a part of the drawing in its cell, where it lies in the middle."""
    factor = side / max(size)
    left, top = ((side - edge * factor) / 2 for edge in size)
    return (
        round(left + box[0] * factor),
        round(top + box[1] * factor),
        round(left + box[2] * factor) - 1,
        round(top + box[3] * factor) - 1,
    )


def _framed(cell: Image.Image, box: Box) -> Image.Image:
    """Dim what the base does not see."""
    dim = Image.blend(Image.new("RGB", cell.size, GROUND), cell, _DIMMED)
    seen = (box[0], box[1], box[2] + 1, box[3] + 1)
    dim.paste(cell.crop(seen), seen[:2])
    ImageDraw.Draw(dim).rectangle(box, outline=_FRAME, width=_FRAME_PX)
    return dim


def _tell_loss(cell: Image.Image, loss: float) -> None:
    text = f"−{round(100 * loss)} %"
    wide = font(_LETTERS).getlength(text)
    right, bottom = cell.width - 4, cell.height - 4
    plate = (right - wide - 10, bottom - _LETTERS - 4, right, bottom)
    ImageDraw.Draw(cell).rounded_rectangle(plate, radius=6, fill=GROUND)
    middle = ((plate[0] + plate[2]) / 2, (plate[1] + plate[3]) / 2)
    write(cell, text, middle, size=_LETTERS, anchor="mm")
