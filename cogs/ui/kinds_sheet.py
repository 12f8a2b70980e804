"""A draft's drawings by their kinds, each kind under its heading, each drawing with its number."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from PIL import Image, ImageOps

from cogs.ui.draft_sheet import SHEET_DRAWINGS, SHEETS_DRAWINGS
from cogs.ui.lettering import GROUND, badge, shorten, write
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

_HEADING: Final = 56
#: At a phone's width, 390 pixels for a whole row, letters of 14 pixels.
_LETTERS: Final = 36


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The drawings of one kind, each with its number."""

    heading: str
    drawings: tuple[tuple[int, Path], ...]

    @property
    def rows(self) -> int:
        """How many it takes."""
        return -(-len(self.drawings) // SHEET_COLUMNS)


def kinds_sheets(groups: Sequence[Group]) -> list[Copy]:
    """Lay the groups out under each other, up to `SHEETS_DRAWINGS` drawings in all.

    Where there are more, every group shows its first ones.
    """
    return [_sheet(page) for page in _pages(_shortened(groups))]


def _shortened(groups: Sequence[Group]) -> list[Group]:
    count = sum(len(group.drawings) for group in groups)
    if count <= SHEETS_DRAWINGS:
        return list(groups)
    each = SHEETS_DRAWINGS // len(groups)
    return [replace(one, drawings=one.drawings[:each]) for one in groups]


def _pages(groups: Sequence[Group]) -> list[list[Group]]:
    """Fill picture after picture with whole groups; only those larger than one are parted."""
    pages: list[list[Group]] = []
    for group in (part for whole in groups for part in _parts(whole)):
        if not pages or sum(one.rows for one in pages[-1]) + group.rows > SHEET_ROWS:
            pages.append([])
        pages[-1].append(group)
    return pages


def _parts(group: Group) -> Iterator[Group]:
    for first in range(0, len(group.drawings), SHEET_DRAWINGS):
        yield replace(group, drawings=group.drawings[first : first + SHEET_DRAWINGS])


def _sheet(groups: Sequence[Group]) -> Copy:
    pitch = SHEET_CELL + GAP
    height = GAP + sum(_HEADING + group.rows * pitch for group in groups)
    sheet = Image.new("RGB", (SHEET_COLUMNS * pitch + GAP, height), GROUND)
    top = GAP
    for group in groups:
        heading = shorten(group.heading, _LETTERS, sheet.width - 2 * GAP)
        write(sheet, heading, (GAP, top + _HEADING / 2), size=_LETTERS, anchor="lm")
        for index, (number, path) in enumerate(group.drawings):
            left = GAP + index % SHEET_COLUMNS * pitch
            below = top + _HEADING + index // SHEET_COLUMNS * pitch
            sheet.paste(_cell(number, path), (left, below))
        top += _HEADING + group.rows * pitch
    return as_jpeg(sheet)


def _cell(number: int, path: Path) -> Image.Image:
    side = (SHEET_CELL, SHEET_CELL)
    cell = ImageOps.pad(read(path.read_bytes()), side, color="white")
    badge(cell, str(number), side=SHEET_BADGE, margin=6)
    return cell
