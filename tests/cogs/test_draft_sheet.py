"""Contact sheets of drafts: numbers, frames, losses and pairs."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from cogs.ui.draft_sheet import PAIRS_MOST, Shot, draft_sheets, pair_sheet
from tests.cogs.world import picture, png


def shots(folder: Path, count: int, size: tuple[int, int] = (300, 200)) -> list[Shot]:
    found: list[Shot] = []
    for number in range(1, count + 1):
        path = folder / f"{number}.png"
        path.write_bytes(png(number, size))
        found.append(Shot(number=number, path=path, crop=(0, 0, *size), kept=1.0))
    return found


@pytest.mark.parametrize(
    ("count", "cells"),
    [
        (1, [(1, 1)]),
        (5, [(4, 2)]),
        (12, [(4, 3)]),
        (13, [(4, 3), (4, 1)]),
        (36, [(4, 3), (4, 3), (4, 3)]),
    ],
)
def test_sheets_have_a_cell_for_every_drawing(
    tmp_path: Path, count: int, cells: list[tuple[int, int]]
) -> None:
    sheets = [picture(sheet.data) for sheet in draft_sheets(shots(tmp_path, count))]
    assert [sheet.size for sheet in sheets] == [(x * 248 + 8, y * 248 + 8) for x, y in cells]


def test_no_drawings_make_no_sheet() -> None:
    assert draft_sheets([]) == []


def test_what_the_base_does_not_see_is_dim_and_the_rest_untouched(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.new("RGB", (200, 100), "white").save(path)
    cut = Shot(number=1, path=path, crop=(50, 0, 150, 100), kept=0.5)
    whole = Shot(number=1, path=path, crop=(0, 0, 200, 100), kept=1.0)
    framed, plain = (picture(draft_sheets([shot])[0].data) for shot in (cut, whole))

    def light(sheet: Image.Image, x: int) -> int:
        """Look at the drawing's upper half, x pixels from its cell's left."""
        return sheet.convert("L").getpixel((8 + x, 8 + 86))  # type: ignore[return-value]

    assert [light(plain, x) > 250 for x in (86, 120, 200)] == [True, True, True]
    assert light(framed, 120) > 250
    assert light(framed, 200) < 140
    frame = framed.getpixel((8 + 61, 8 + 120))
    assert isinstance(frame, tuple)
    assert frame[0] > 180 > 120 > frame[2]


@pytest.mark.parametrize("count", [1, 2, 3, PAIRS_MOST + 2])
def test_pairs_lie_side_by_side(tmp_path: Path, count: int) -> None:
    drawings = shots(tmp_path, 2 * count)
    pairs = list(zip(drawings[::2], drawings[1::2], strict=True))
    sheet = picture(pair_sheet(pairs).data)
    shown = min(count, PAIRS_MOST)
    columns = min(2, shown)
    assert sheet.size == (columns * 536 - 12, -(-shown // columns) * 258 + 8)
