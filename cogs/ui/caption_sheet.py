"""The drawings of one page of the caption editor, large enough to see what they show on a phone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PIL import Image, ImageOps

from cogs.ui.lettering import GROUND, badge
from cogs.ui.pictures import GAP, Copy, as_jpeg, read

CELL: Final = 380
COLUMNS: Final = 2


def page_sheet(drawings: Sequence[Path], *, first: int) -> Copy:
    """Lay drawings out two by two, whole, on white paper each, numbered from `first`."""
    columns = min(COLUMNS, len(drawings))
    rows = -(-len(drawings) // columns)
    pitch = CELL + GAP
    sheet = Image.new("RGB", (columns * pitch + GAP, rows * pitch + GAP), GROUND)
    for index, path in enumerate(drawings):
        cell = ImageOps.pad(read(path.read_bytes()), (CELL, CELL), color="white")
        badge(cell, str(first + index), side=64, margin=8)
        sheet.paste(cell, (GAP + index % columns * pitch, GAP + index // columns * pitch))
    return as_jpeg(sheet)
