"""Lay many small pictures out on one contact sheet, and choose what to look at."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image, ImageDraw


def contact_sheet(
    pictures: Sequence[Image.Image],
    *,
    columns: int,
    labels: Sequence[str] = (),
    zoom: int = 1,
) -> Image.Image:
    """Place pictures row by row, each with a line of text below when labels are given."""
    side = pictures[0].width * zoom
    text = 12 if labels else 0
    rows = -(-len(pictures) // columns)
    sheet = Image.new("RGB", (columns * (side + 4), rows * (side + text + 4)), (255, 255, 255))
    pencil = ImageDraw.Draw(sheet)
    for index, picture in enumerate(pictures):
        x, y = index % columns * (side + 4), index // columns * (side + text + 4)
        sheet.paste(picture.resize((side, side), Image.Resampling.NEAREST), (x, y))
        if labels:
            pencil.text((x, y + side), labels[index][: side // 6], fill=(0, 0, 0))
    return sheet
