"""Drawings with everything that may be wrong with them."""

from __future__ import annotations

from PIL import Image

from tests.bot.decode.damage import bordered, cut, enlarged, jpeg, sample_drawings
from tests.bot.decode.every_kind import png
from tests.cogs.world import File

ADA = sample_drawings()["ada"]
_GOOD = 6
_TROUBLES = 7


def bad_set(times: int = 1) -> list[File]:
    """Return six good drawings, then so many with each kind of trouble, up to five."""
    good = [(f"good{number}.png", png(ADA[number])) for number in range(_GOOD)]
    return good + [file for turn in range(times) for file in _troubled(turn)]


def _troubled(turn: int) -> list[File]:
    """Spoil other drawings in every turn, but the first that is a copy of a good one."""
    mine = ADA[_GOOD + turn * _TROUBLES :]
    wide = Image.new("RGB", (200, 128), "white")
    wide.paste(mine[2], (0, 0))
    wide.paste(mine[3].crop((0, 0, 72, 128)), (128, 0))
    clear = mine[0].convert("RGBA")
    clear.paste((0, 0, 0, 0), (0, 0, 128, 40))
    copy = cut(ADA[turn], left=0.1).transpose(Image.Transpose.ROTATE_90)
    return [
        (f"copy{turn}.png", png(copy)),
        (f"small{turn}.png", png(mine[1].resize((80, 80), Image.Resampling.LANCZOS))),
        (f"blurred{turn}.png", png(enlarged(mine[4], 3, Image.Resampling.BICUBIC))),
        (f"poor{turn}.jpg", jpeg(mine[5], 30)),
        (f"border{turn}.png", png(bordered(mine[6], 1.7))),
        (f"clear{turn}.png", png(clear)),
        (f"wide{turn}.png", png(wide)),
    ]
