"""All checkpoints of a training on one numbered sheet, for people to choose from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image

from cogs.ui.lettering import FAINT, GROUND, INK, lines, write
from cogs.ui.pictures import GAP, Copy, as_jpeg
from cogs.ui.theatre.strip import sample

CELL: Final = 208
#: Of the column with the numbers.
MARGIN: Final = 152
#: Of the prompts above the columns.
HEAD: Final = 76
#: At a phone's width three columns have letters of 13 pixels.
_SIZE: Final = 27
_NUMBER: Final = 72
_HEAD_LINES: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetRow:
    """One checkpoint; without a number it cannot be chosen."""

    number: int | None
    label: str
    #: files, one per prompt
    samples: tuple[Path, ...]


def checkpoint_sheet(rows: Sequence[SheetRow], prompts: Sequence[str]) -> Copy:
    """Lay out one row per checkpoint and one column per prompt."""
    columns = max(len(row.samples) for row in rows)
    pitch = CELL + GAP
    sheet = Image.new("RGB", (MARGIN + columns * pitch, HEAD + len(rows) * pitch), GROUND)
    for column, prompt in enumerate(prompts[:columns]):
        for line, text in enumerate(lines(prompt, _SIZE, CELL, most=_HEAD_LINES)):
            at = (MARGIN + column * pitch, 8 + line * 32)
            write(sheet, text, at, size=_SIZE, colour=FAINT)
    for line, row in enumerate(rows):
        top = HEAD + line * pitch
        _label(sheet, row, top)
        for column, path in enumerate(row.samples):
            sheet.paste(sample(path, CELL), (MARGIN + column * pitch, top))
    return as_jpeg(sheet)


def _label(sheet: Image.Image, row: SheetRow, top: int) -> None:
    middle = top + CELL / 2
    if row.number is not None:
        at = (MARGIN / 2, middle - 24)
        write(sheet, str(row.number), at, size=_NUMBER, anchor="mm", colour=INK)
        middle += 40
    write(sheet, row.label, (MARGIN / 2, middle), size=_SIZE, anchor="mm", colour=FAINT)
