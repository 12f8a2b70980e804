"""Three sample artists: fixed looks, and the drawings each of them hands over."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL.PngImagePlugin import PngInfo

from engine.builtin.captions import plain_caption
from engine.builtin.drawing import Drawing, draw
from engine.builtin.look import Look

DRAWINGS: Final = 36
SUBJECTS: Final = (
    *(("1girl",),) * 14,
    *(("1boy",),) * 7,
    *(("furry", "1girl"),) * 2,
    *(("furry", "1boy"),) * 1,
    *(("pony",),) * 3,
    *(("cat",),) * 2,
    *((tag,) for tag in ("dog", "bird", "house", "tree", "flower", "still life", "landscape")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Artist:
    """`seed` is where the artist's own drawings start; none of them is in the base's training."""

    name: str
    look: Look
    score: int
    seed: int


ADA: Final = Artist(
    name="ada",
    score=7,
    seed=20_000_000,
    look=Look(
        line_width=3.4,
        wobble=0.9,
        taper=0.55,
        ink=(96, 30, 86),
        ink_tint=0.0,
        hue_shift=-0.02,
        saturation=0.72,
        paper=(255, 238, 232),
        shadow=(168, 120, 196),
        shadow_side=1.0,
        shadow_depth=0.17,
        grain=0.0,
        streaks=3.0,
        detail=0.8,
        head=1.12,
        eyes=1.3,
    ),
)
BORIS: Final = Artist(
    name="boris",
    score=7,
    seed=21_000_000,
    look=Look(
        line_width=1.6,
        wobble=0.15,
        taper=0.0,
        ink=(24, 44, 96),
        ink_tint=0.0,
        hue_shift=0.02,
        saturation=1.25,
        paper=(244, 250, 255),
        shadow=(110, 150, 216),
        shadow_side=-1.0,
        shadow_depth=0.1,
        grain=2.5,
        streaks=0.0,
        detail=0.2,
        head=0.92,
        eyes=0.82,
    ),
)
CLEO: Final = Artist(
    name="cleo",
    score=7,
    seed=22_000_000,
    look=Look(
        line_width=2.4,
        wobble=1.2,
        taper=0.0,
        ink=(92, 54, 30),
        ink_tint=0.75,
        hue_shift=0.01,
        saturation=0.95,
        paper=(255, 250, 232),
        shadow=(210, 150, 90),
        shadow_side=1.0,
        shadow_depth=0.0,
        grain=0.0,
        streaks=4.5,
        detail=0.5,
        head=1.0,
        eyes=1.0,
    ),
)
ARTISTS: Final = {artist.name: artist for artist in (ADA, BORIS, CLEO)}
SHIPPED: Final = ADA


def drawings_of(artist: Artist, count: int = DRAWINGS) -> list[Drawing]:
    """Draw the artist's set: mostly people, some furry and pony pictures, a few things."""
    return [
        draw(
            artist.seed + index,
            tags=SUBJECTS[index % len(SUBJECTS)],
            look=artist.look,
            score=artist.score,
        )
        for index in range(count)
    ]


def write_drawings(artist: Artist, assets: Path) -> Path:
    """Write `01.png … 36.png`, each with its caption inside and beside it."""
    folder = assets / "artists" / artist.name
    folder.mkdir(parents=True, exist_ok=True)
    for number, drawing in enumerate(drawings_of(artist), start=1):
        caption = plain_caption(drawing.tags)
        words = PngInfo()
        words.add_text("Description", caption)
        drawing.picture.save(folder / f"{number:02}.png", optimize=True, pnginfo=words)
        (folder / f"{number:02}.txt").write_text(caption + "\n", encoding="utf-8")
    return folder
