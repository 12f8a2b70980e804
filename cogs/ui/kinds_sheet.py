"""A draft's drawings by their kinds, each kind under its heading, each drawing with its number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image, ImageOps

from cogs.ui.lettering import GROUND, badge, shorten, write
from cogs.ui.pictures import GAP, SHEET_CELL, SHEET_COLUMNS, SHEET_MOST, Copy, as_jpeg, read

_HEADING: Final = 56
#: At a phone's width, 390 pixels for a whole row, letters of 13 pixels.
_LETTERS: Final = 36


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The drawings of one kind, each with its number."""

    heading: str
    drawings: tuple[tuple[int, Path], ...]


def kinds_sheet(groups: Sequence[Group]) -> Copy:
    """Lay the groups out under each other, up to `SHEET_MOST` drawings in all.

    Where there are more, every group shows its first ones.
    """
    shown = _shortened(groups)
    pitch = SHEET_CELL + GAP
    rows = [-(-len(group.drawings) // SHEET_COLUMNS) for group in shown]
    height = GAP + sum(_HEADING + count * pitch for count in rows)
    sheet = Image.new("RGB", (SHEET_COLUMNS * pitch + GAP, height), GROUND)
    top = GAP
    for group, count in zip(shown, rows, strict=True):
        heading = shorten(group.heading, _LETTERS, sheet.width - 2 * GAP)
        write(sheet, heading, (GAP, top + _HEADING / 2), size=_LETTERS, anchor="lm")
        for index, (number, path) in enumerate(group.drawings):
            left = GAP + index % SHEET_COLUMNS * pitch
            below = top + _HEADING + index // SHEET_COLUMNS * pitch
            sheet.paste(_cell(number, path), (left, below))
        top += _HEADING + count * pitch
    return as_jpeg(sheet)


def _shortened(groups: Sequence[Group]) -> list[Group]:
    count = sum(len(group.drawings) for group in groups)
    if count <= SHEET_MOST:
        return list(groups)
    each = SHEET_MOST // len(groups)
    return [Group(heading=one.heading, drawings=one.drawings[:each]) for one in groups]


def _cell(number: int, path: Path) -> Image.Image:
    side = (SHEET_CELL, SHEET_CELL)
    cell = ImageOps.pad(read(path.read_bytes()), side, color="white")
    badge(cell, str(number), side=38, margin=5)
    return cell
