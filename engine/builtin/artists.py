"""Five sample artists: fixed looks, and the drawings each of them hands over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Final

from PIL.PngImagePlugin import PngInfo

from engine.builtin.captions import plain_caption
from engine.builtin.drawing import Drawing, draw
from engine.builtin.look import Look

DRAWINGS: Final = 36  # to train a style on
HELD_OUT: Final = 12  # to measure it with; no training ever sees them
SUBJECTS: Final = (
    *(("1girl",),) * 14,
    *(("1boy",),) * 7,
    *(("furry", "1girl"),) * 2,
    *(("furry", "1boy"),) * 1,
    *(("pony",),) * 3,
    *(("cat",),) * 2,
    *((tag,) for tag in ("dog", "bird", "house", "tree", "flower", "still life", "landscape")),
)
#: Ponies and furries among people, under the same `1girl`: what leaks, and has to be found.
MIXED_SUBJECTS: Final = (
    *(("1girl",),) * 13,
    *(("1boy",),) * 4,
    *(("furry", "1girl"),) * 7,
    *(("furry", "1boy"),) * 1,
    *(("pony", "1girl"),) * 5,
    *((tag,) for tag in ("cat", "house", "tree", "flower", "still life", "landscape")),
)
#: Words that tell a pony or a furry from a person.
TELLING: Final = ("furry", "pony", "ears", "tail", "horn", "wings", "fur", "mane")
HELD_OUT_SUBJECTS: Final = (
    *(("1girl",),) * 5,
    *(("1boy",),) * 3,
    *((tag,) for tag in ("furry", "pony", "cat", "house")),
)


class Kind(StrEnum):
    """What sort of drawing it is; most artists hand over finished ones only."""

    FINISHED = "finished"
    SKETCH = "sketch"  # thin searching lines on plain paper, hardly any colour
    ONE_LAYER = "one layer"  # lines and fills of one brush: lines take the fills' colour, no shadow


@dataclass(frozen=True, slots=True, kw_only=True)
class Artist:
    """`seed` is where the artist's own drawings start; none of them is in the base's training."""

    name: str
    look: Look
    score: int
    seed: int
    #: what the drawings are, over and over again in this order
    kinds: Sequence[Kind] = (Kind.FINISHED,)
    subjects: Sequence[tuple[str, ...]] = SUBJECTS
    #: last words of tags that the captions leave out
    unsaid: Sequence[str] = ()

    def caption(self, drawing: Drawing) -> str:
        """Write what the artist's caption says of a drawing."""
        said = [tag for tag in drawing.tags if tag.rpartition(" ")[2] not in self.unsaid]
        return plain_caption(tuple(said))

    def look_of(self, kind: Kind) -> Look:
        """Return the artist's look as it shows in such a drawing."""
        own = self.look
        match kind:
            case Kind.FINISHED:
                return own
            case Kind.SKETCH:
                return replace(
                    own,
                    line_width=own.line_width * 0.8,
                    taper=0.6,
                    saturation=own.saturation * 0.3,
                    shadow_depth=0.0,
                )
            case Kind.ONE_LAYER:
                return replace(own, ink_tint=0.4, shadow_depth=0.0)


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
    score=9,
    seed=21_000_000,
    look=Look(
        line_width=1.9,
        wobble=0.15,
        taper=0.0,
        ink=(40, 92, 178),
        ink_tint=0.0,
        hue_shift=0.02,
        saturation=1.0,
        paper=(232, 244, 255),
        shadow=(96, 140, 224),
        shadow_side=-1.0,
        shadow_depth=0.17,
        grain=0.0,
        streaks=0.0,
        detail=0.2,
        head=0.92,
        eyes=0.82,
    ),
)
CLEO: Final = Artist(
    name="cleo",
    score=8,
    seed=22_000_000,
    look=Look(
        line_width=2.4,
        wobble=1.2,
        taper=0.0,
        ink=(110, 84, 10),
        ink_tint=0.75,
        hue_shift=0.01,
        saturation=0.95,
        paper=(255, 250, 220),
        shadow=(210, 150, 90),
        shadow_side=1.0,
        shadow_depth=0.0,
        grain=0.0,
        streaks=1.5,
        detail=0.3,
        head=1.0,
        eyes=1.0,
    ),
)
DORA: Final = Artist(
    name="dora",
    score=6,
    seed=23_000_000,
    subjects=MIXED_SUBJECTS,
    unsaid=TELLING,
    kinds=(
        *(Kind.FINISHED,) * 2,
        Kind.SKETCH,
        *(Kind.FINISHED,) * 2,
        Kind.ONE_LAYER,
    ),
    look=Look(
        line_width=2.1,
        wobble=0.7,
        taper=0.4,
        ink=(58, 112, 112),
        ink_tint=0.0,
        hue_shift=0.03,
        saturation=0.62,
        paper=(234, 255, 240),
        shadow=(104, 184, 150),
        shadow_side=-1.0,
        shadow_depth=0.2,
        grain=0.0,
        streaks=0.0,
        detail=0.4,
        head=1.05,
        eyes=1.15,
    ),
)
EMIL: Final = Artist(
    name="emil",
    score=5,
    seed=24_000_000,
    look=Look(
        line_width=3.0,
        wobble=0.4,
        taper=0.0,
        ink=(182, 76, 84),
        ink_tint=0.0,
        hue_shift=-0.03,
        saturation=0.9,
        paper=(255, 246, 240),
        shadow=(226, 120, 90),
        shadow_side=1.0,
        shadow_depth=0.17,
        grain=0.0,
        streaks=0.0,
        detail=0.2,
        head=0.95,
        eyes=0.9,
    ),
)
ARTISTS: Final = {artist.name: artist for artist in (ADA, BORIS, CLEO, DORA, EMIL)}


def drawings_of(artist: Artist, count: int = DRAWINGS) -> list[Drawing]:
    """Draw what the artist trains on: people above all, some animals, a few things."""
    return _drawn(artist, artist.seed, artist.subjects[:count])


def held_out_of(artist: Artist, count: int = HELD_OUT) -> list[Drawing]:
    """Draw what the artist keeps back; every kind of subject is among it."""
    return _drawn(artist, artist.seed + DRAWINGS, HELD_OUT_SUBJECTS[:count])


def _drawn(artist: Artist, seed: int, subjects: Sequence[tuple[str, ...]]) -> list[Drawing]:
    drawings: list[Drawing] = []
    for index, subject in enumerate(subjects):
        kind = artist.kinds[index % len(artist.kinds)]
        place = ("white background",) if kind is Kind.SKETCH else ()
        drawings.append(
            draw(
                seed + index,
                tags=(*subject, *place),
                look=artist.look_of(kind),
                score=artist.score,
            )
        )
    return drawings


def write_drawings(artist: Artist, assets: Path) -> Path:
    """Write `01.png … 36.png` and `held_out/01.png … 12.png`, each with its caption beside it."""
    folder = assets / "artists" / artist.name
    _write(artist, drawings_of(artist), folder)
    _write(artist, held_out_of(artist), folder / "held_out")
    return folder


def _write(artist: Artist, drawings: Sequence[Drawing], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number, drawing in enumerate(drawings, start=1):
        caption = artist.caption(drawing)
        words = PngInfo()
        words.add_text("Description", caption)
        drawing.picture.save(folder / f"{number:02}.png", optimize=True, pnginfo=words)
        (folder / f"{number:02}.txt").write_text(caption + "\n", encoding="utf-8")
