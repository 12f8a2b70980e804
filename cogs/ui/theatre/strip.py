"""The newest checkpoint in rows: the same prompts and seeds without the style, and with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image, ImageOps

from cogs.ui.lettering import FAINT, GROUND, shorten, write
from cogs.ui.pictures import GAP, Copy, as_jpeg, enlarged, read

CELL: Final = 256
_LABEL: Final = 52
_SIZE: Final = 34


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The samples of one moment."""

    label: str
    #: files, one per prompt
    samples: tuple[Path, ...]


def strip(rows: Sequence[Row]) -> Copy:
    """Lay the rows under each other, each under its label."""
    columns = max(len(row.samples) for row in rows)
    pitch = CELL + GAP
    height = _LABEL + pitch
    sheet = Image.new("RGB", (columns * pitch + GAP, len(rows) * height + GAP), GROUND)
    for line, row in enumerate(rows):
        top = GAP + line * height
        text = shorten(row.label, _SIZE, columns * pitch - GAP)
        write(sheet, text, (GAP, top + _LABEL / 2 - 2), size=_SIZE, anchor="lm", colour=FAINT)
        for column, path in enumerate(row.samples):
            sheet.paste(sample(path, CELL), (GAP + column * pitch, top + _LABEL))
    return as_jpeg(sheet)


def sample(path: Path, side: int) -> Image.Image:
    """Make a square of a sample, enlarged or reduced."""
    return ImageOps.fit(
        enlarged(read(path.read_bytes()), side), (side, side), Image.Resampling.LANCZOS
    )
