"""Every posted picture with letters in it, as wide as a phone shows it."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, Final
from unittest.mock import patch

import pytest
from PIL import Image, ImageDraw

from bot.i18n import LANGUAGES, Texts
from cogs.ui import caption_sheet, draft_sheet, kinds_sheet, pictures, series_sheet
from cogs.ui.draft_sheet import PAIRS_MOST, SHEETS_DRAWINGS, Shot
from cogs.ui.kinds_sheet import Group
from cogs.ui.pictures import Copy
from cogs.ui.theatre import chart, loop, reveal, sheet, strip
from data.losses import LossPoint
from tests.cogs.world import picture

ROOT: Final = Path(__file__).resolve().parents[2]
DORA: Final = tuple(sorted((ROOT / "data" / "assets" / "artists" / "dora").glob("*.png")))
#: How wide a phone shows a picture, and the smallest letters there, pixels.
PHONE, LETTERS = 390, 11
#: As many as a training has, and the longest that a step's number gets.
CHECKPOINTS: Final = range(1, 11)
STEPS: Final = 12_000
PROMPTS: Final = tuple(path.with_suffix(".txt").read_text(encoding="utf-8") for path in DORA[:3])


@contextmanager
def letters() -> Iterator[list[float]]:
    """Collect the sizes of all text that is drawn, whoever draws it."""
    sizes: list[float] = []
    original = ImageDraw.ImageDraw.text

    def text(pen: ImageDraw.ImageDraw, *args: Any, font: Any = None, **kwargs: Any) -> None:
        sizes.append(font.size)
        original(pen, *args, font=font, **kwargs)

    # Pillow does not tell afterwards what was written in which size.
    with patch.object(ImageDraw.ImageDraw, "text", text):
        yield sizes


def numbered_pictures(_: Texts, shape: tuple[int, int]) -> list[Copy]:
    return [pictures.shown(blank(shape), number) for number in (1, 4)]


def gallery_pictures(_: Texts, shape: tuple[int, int]) -> list[Copy]:
    return [pictures.for_gallery(blank(shape), number) for number in (1, 9)]


def blank(size: tuple[int, int]) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "white").save(out, "PNG")
    return out.getvalue()


def shots(count: int) -> list[Shot]:
    """Take drawings of a large set, the newest ones, of which much is cut off."""
    crop = (20, 0, 108, 128)
    numbers = range(200 - count + 1, 201)
    return [Shot(number=n, path=DORA[n % len(DORA)], crop=crop, kept=0.69) for n in numbers]


def drawings_of(count: int) -> Callable[[Texts], list[Copy]]:
    return lambda _: draft_sheet.draft_sheets(shots(count))


def pairs(_: Texts) -> list[Copy]:
    drawn = shots(2 * PAIRS_MOST)
    return [draft_sheet.pair_sheet(list(zip(drawn[::2], drawn[1::2], strict=True)))]


def kinds_of(*counts: int) -> Callable[[Texts], list[Copy]]:
    def make(texts: Texts) -> list[Copy]:
        named = [
            Group(
                heading=texts.say("kinds.numbered", number=number),
                drawings=tuple((188 + n, DORA[n % len(DORA)]) for n in range(count)),
            )
            for number, count in enumerate(counts, 1)
        ]
        return kinds_sheet.kinds_sheets(named)

    return make


def captions_page(_: Texts) -> list[Copy]:
    return [caption_sheet.page_sheet(DORA[:4], first=197)]


def curve(texts: Texts) -> list[Copy]:
    names = {key: texts.say(f"theatre.{key}") for key in ("training", "held_out")}
    made = chart.Curve(
        steps=STEPS,
        training=[LossPoint(step, 0.1 + 60 / step) for step in range(60, STEPS, 60)],
        held_out=[LossPoint(n * STEPS // 10, 0.14 - 0.004 * n) for n in CHECKPOINTS],
        checkpoints=[n * STEPS // 10 for n in CHECKPOINTS],
    )
    return [chart.chart(made, **names)]


def strip_of_two(texts: Texts) -> list[Copy]:
    label = texts.say("strip.of", step=STEPS, steps=STEPS)
    bare = strip.Row(label=texts.say("theatre.without"), samples=DORA[3:6])
    return [strip.strip([bare, strip.Row(label=label, samples=DORA[:3])])]


def sheet_of_ten(texts: Texts) -> list[Copy]:
    rows = [sheet.SheetRow(number=None, label=texts.say("theatre.without"), samples=DORA[:3])]
    for number in CHECKPOINTS:
        label = texts.say("theatre.step", step=number * STEPS // 10)
        rows.append(sheet.SheetRow(number=number, label=label, samples=DORA[number : number + 3]))
    return [sheet.checkpoint_sheet(rows, PROMPTS)]


def three_rows(texts: Texts) -> list[Copy]:
    rows = [
        reveal.RevealRow(
            title=texts.say(f"theatre.row_{kind}"),
            about=texts.say(f"theatre.row_{kind}_about", shown=3, count=36),
            pictures=DORA[first : first + 3],
        )
        for first, kind in enumerate(("own", "without", "with"))
    ]
    return [reveal.reveal(rows, PROMPTS)]


def loop_of_eleven(texts: Texts) -> list[Copy]:
    stages = [loop.Stage(label=texts.say("theatre.without"), sample=DORA[0], done=0)]
    for number in CHECKPOINTS:
        label = texts.say("strip.of", step=number * STEPS // 10, steps=STEPS)
        stages.append(loop.Stage(label=label, sample=DORA[number], done=number / 10))
    return [loop.loop(stages)]


def series_of(count: int) -> Callable[[Texts], list[Copy]]:
    made = [
        series_sheet.Captioned(number=n + 1, data=DORA[n].read_bytes(), words=PROMPTS[n % 3])
        for n in range(count)
    ]
    return lambda _: [series_sheet.series_sheet(made)]


#: What draws the letters, what is posted, and how many of it Discord shows in a row.
Posted = tuple[ModuleType, Callable[[Texts], list[Copy]], int]
SHAPES: Final = ((1024, 1024), (832, 1216), (1216, 832), (1536, 640), (96, 160))
POSTED: Final[tuple[Posted, ...]] = (
    *((pictures, lambda texts, s=s: numbered_pictures(texts, s), 2) for s in SHAPES),
    *((pictures, lambda texts, s=s: gallery_pictures(texts, s), 3) for s in SHAPES),
    *((draft_sheet, drawings_of(count), 1) for count in (1, 3, 12, SHEETS_DRAWINGS)),
    (draft_sheet, pairs, 1),
    (kinds_sheet, kinds_of(3), 1),
    (kinds_sheet, kinds_of(12, 9, 6, 4, 5), 1),
    (kinds_sheet, kinds_of(60, 60, 60, 10, 10), 1),
    (caption_sheet, captions_page, 1),
    (chart, curve, 1),
    (strip, strip_of_two, 1),
    (sheet, sheet_of_ten, 1),
    (reveal, three_rows, 1),
    (loop, loop_of_eleven, 1),
    *((series_sheet, series_of(count), 1) for count in (1, 4, 12)),
)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("posted", POSTED, ids=lambda posted: posted[0].__name__)
def test_no_letters_are_too_small_on_a_phone(posted: Posted, language: str) -> None:
    _, make, in_a_row = posted
    with letters() as sizes:
        made = make(Texts(language))
    assert made
    narrowest = min(sizes) * PHONE / in_a_row
    assert narrowest / max(picture(one.data).width for one in made) >= LETTERS


def test_every_picture_with_letters_is_looked_at_here() -> None:
    """No other module draws text, and only in the way that is measured."""
    written = re.compile(r"\bImageFont\b|(?<![.\w])(write|badge)\(")
    drawing = {
        path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
        for path in (ROOT / "cogs").rglob("*.py")
        if written.search(path.read_text(encoding="utf-8"))
    }
    assert drawing - {"cogs.ui.lettering"} == {module.__name__ for module, *_ in POSTED}


@pytest.mark.parametrize("make", [drawings_of(SHEETS_DRAWINGS), kinds_of(12, 9, 6, 4, 5)])
def test_sheets_are_no_higher_than_wide_and_small_to_send(
    make: Callable[[Texts], Sequence[Copy]],
) -> None:
    made = make(Texts("en"))
    for one in made:
        width, height = picture(one.data).size
        assert height <= width
    assert sum(len(one.data) for one in made) < 3_000_000
