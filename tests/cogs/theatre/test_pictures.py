"""The pictures of a training: what is where."""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from cogs.ui.pictures import Copy
from cogs.ui.theatre.chart import HELD_OUT, TRAINING, Curve, chart
from cogs.ui.theatre.loop import LENGTH_MS, Stage, loop
from cogs.ui.theatre.reveal import CELL, GAP, TITLE, RevealRow, reveal
from cogs.ui.theatre.sheet import HEAD, MARGIN, SheetRow, checkpoint_sheet
from cogs.ui.theatre.strip import Row, strip
from data.losses import LossPoint
from tests.cogs.world import picture

COLOURS = ((200, 30, 30), (30, 200, 30), (30, 30, 200))
WORDS = "1girl, portrait, white hair, twintails, blue eyes, frown, purple shirt, blue sky"


def plain_png(colour: tuple[int, int, int], size: tuple[int, int] = (64, 64)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "PNG")
    return out.getvalue()


Samples = tuple[Path, ...]


@pytest.fixture
def samples(tmp_path: Path) -> Samples:
    """Three pictures, each of one colour."""
    paths = [tmp_path / f"{number}.png" for number in range(len(COLOURS))]
    for path, colour in zip(paths, COLOURS, strict=True):
        path.write_bytes(plain_png(colour))
    return tuple(paths)


def a_chart(_: Samples = (), steps: int = 500) -> Copy:
    curve = Curve(
        steps=steps,
        training=[LossPoint(step, 1 / step) for step in range(10, 300, 10)],
        held_out=[LossPoint(step, 0.2) for step in (100, 200)],
        checkpoints=[100, 200],
    )
    return chart(curve, training="обучение", held_out="отложенные")


def a_strip(samples: Samples) -> Copy:
    return strip([Row(label=f"шаг {n} из 500", samples=samples) for n in (1, 2)])


def a_sheet(samples: Samples) -> Copy:
    rows = [SheetRow(number=n, label=f"шаг {n * 100}", samples=samples) for n in range(1, 11)]
    return checkpoint_sheet(rows, [WORDS] * 3)


def a_reveal(samples: Samples) -> Copy:
    rows = [RevealRow(title=str(n), about="о чём", pictures=samples) for n in range(3)]
    return reveal(rows, [WORDS] * 3)


def a_loop(samples: Samples) -> Copy:
    stages = [Stage(label=str(n), sample=samples[n], done=n / 2) for n in range(3)]
    return loop(stages)


def near(found: object, colour: tuple[int, int, int]) -> bool:
    """JPEG and WebP change colours a little."""
    assert isinstance(found, tuple)
    return all(abs(one - other) < 12 for one, other in zip(found, colour, strict=True))


@pytest.mark.parametrize("make", [a_chart, a_strip, a_sheet, a_reveal, a_loop])
def test_pictures_are_small_to_send(make: Callable[[Samples], Copy], samples: Samples) -> None:
    assert len(make(samples).data) < 1_000_000


def test_every_picture_of_the_reveal_is_in_its_row_and_column(samples: Samples) -> None:
    sheet = picture(a_reveal(samples).data)
    for row in range(3):
        for column, colour in enumerate(COLOURS):
            left = GAP + column * (CELL + GAP)
            top = row * (TITLE + CELL) + TITLE
            assert near(sheet.getpixel((left + CELL // 2, top + CELL // 2)), colour)


def test_a_wide_drawing_is_shown_whole_in_the_reveal(tmp_path: Path) -> None:
    wide = tmp_path / "wide.png"
    wide.write_bytes(plain_png((200, 30, 30), (200, 100)))
    sheet = picture(reveal([RevealRow(title="a", about="", pictures=(wide,))], ["b"]).data)
    assert near(sheet.getpixel((GAP + 4, TITLE + CELL // 2)), (200, 30, 30))
    assert near(sheet.getpixel((GAP + CELL // 2, TITLE + 20)), (250, 248, 244))


def test_every_checkpoint_has_its_row_on_the_sheet(samples: Samples) -> None:
    sheet = picture(a_sheet(samples).data)
    assert sheet.height == HEAD + 10 * 216
    for row in range(10):
        for column, colour in enumerate(COLOURS):
            at = (MARGIN + column * 216 + 104, HEAD + row * 216 + 104)
            assert near(sheet.getpixel(at), colour)


def test_a_strip_has_a_row_for_every_moment(samples: Samples) -> None:
    assert picture(a_strip(samples).data).size == (3 * 264 + 8, 2 * (52 + 264) + 8)


def lit(image: Image.Image, colour: tuple[int, int, int]) -> list[int]:
    """List the columns of the plot where a line of this colour runs."""
    plot = image.crop((0, 70, image.width, 250))
    return [
        x
        for x in range(plot.width)
        if any(plot.getpixel((x, y)) == colour for y in range(plot.height))
    ]


def test_the_curve_goes_as_far_as_the_training_has_come() -> None:
    image = picture(a_chart().data)
    reach = lit(image, TRAINING)
    plot = image.width - 48
    assert reach[0] == pytest.approx(24 + plot * 10 / 500, abs=8)
    assert reach[-1] == pytest.approx(24 + plot * 290 / 500, abs=8)
    held_out = lit(image, HELD_OUT)
    assert (held_out[0], held_out[-1]) == (
        pytest.approx(24 + plot * 100 / 500, abs=8),
        pytest.approx(24 + plot * 200 / 500, abs=8),
    )


def test_the_curve_falls_when_the_loss_falls() -> None:
    image = picture(a_chart().data)
    heights = [
        next((y for y in range(70, 250) if image.getpixel((x, y)) == TRAINING), math.nan)
        for x in (60, 120, 240)
    ]
    assert heights == sorted(heights)
    assert heights[0] < heights[-1]


def test_the_loop_takes_three_seconds_from_the_first_stage_to_the_last(samples: Samples) -> None:
    with Image.open(io.BytesIO(a_loop(samples).data)) as image:
        assert image.info["loop"] == 0
        shown: list[tuple[int, object]] = []
        for number in range(image.n_frames):  # type: ignore[attr-defined]
            image.seek(number)
            image.load()
            shown.append((image.info["duration"], image.convert("RGB").getpixel((240, 240))))
    assert sum(duration for duration, _ in shown) == LENGTH_MS
    assert near(shown[0][1], COLOURS[0])
    assert near(shown[-1][1], COLOURS[2])
    assert any(near(colour, COLOURS[1]) for _, colour in shown)


def test_even_the_noisiest_pictures_fit_an_unboosted_server(samples: Samples) -> None:
    """Discord takes 10 MB; real samples are far from noise."""
    for path in samples:
        Image.effect_noise((512, 512), 50).convert("RGB").save(path)
    drawn = samples
    rows = [SheetRow(number=n, label=str(n), samples=drawn) for n in range(1, 11)]
    stages = [Stage(label=str(n), sample=samples[n % 3], done=n / 10) for n in range(11)]
    made = [
        reveal([RevealRow(title="a", about="b", pictures=drawn)] * 3, [WORDS] * 3),
        loop(stages),
        checkpoint_sheet(rows, [WORDS] * 3),
        a_chart(),
    ]
    assert sum(len(copy.data) for copy in made) < 8_000_000
