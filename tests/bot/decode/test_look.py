"""What is measured of a drawing, on the sample artists' drawings and on damaged copies."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageDraw

from bot.decode.jpeg_traces import NO_JPEG, table_quality, traced_quality
from bot.decode.look import look_from_json, look_of, look_to_json, thumb_picture
from tests.bot.decode.damage import (
    FILTERS,
    all_drawings,
    bordered,
    enlarged,
    jpeg,
    sample_drawings,
    through_jpeg,
)

SOME = 8  # every eighth drawing is enough where something is done to it


def empty_share(picture: Image.Image) -> float:
    left, top, right, bottom = look_of(picture).content
    return 1 - (right - left) * (bottom - top) / (picture.width * picture.height)


def test_drawings_of_the_sample_artists_are_not_taken_for_enlarged() -> None:
    halved = sum(look_of(drawing).halvings > 0 for drawing in all_drawings())
    assert halved <= 2, f"{halved} of 240"


@pytest.mark.parametrize("factor", [2, 3, 4])
@pytest.mark.parametrize("by", FILTERS, ids=lambda by: by.name)
def test_what_was_enlarged_is_found_by_any_filter(factor: int, by: Image.Resampling) -> None:
    looks = [look_of(enlarged(drawing, factor, by)) for drawing in all_drawings()[::SOME]]
    assert sum(look.halvings == 0 for look in looks) <= 1, "of 30"
    assert max(look.halvings for look in looks) <= factor // 2


@pytest.mark.parametrize("side", [512, 2048])
def test_what_was_enlarged_many_times_is_found_at_any_size(side: int) -> None:
    for drawing in all_drawings()[::60]:
        large = drawing.resize((side, side), Image.Resampling.BICUBIC)
        assert look_of(large).halvings == (2 if side == 512 else 3)


def test_a_plain_sheet_is_not_called_blurred() -> None:
    assert look_of(Image.new("RGB", (200, 200), "beige")).halvings == 0


def test_enlarging_without_a_filter_is_no_blur() -> None:
    drawing = all_drawings()[0]
    assert look_of(drawing.resize((256, 256), Image.Resampling.NEAREST)).halvings == 0


def test_drawings_that_never_were_jpeg_show_no_trace_of_it() -> None:
    assert {traced_quality(drawing) for drawing in all_drawings()[::2]} == {NO_JPEG}


@pytest.mark.parametrize("quality", [10, 30, 50, 70, 80])
def test_the_quality_of_a_jpeg_is_read_from_its_pixels(quality: int) -> None:
    """Cut off a few pixels, so that the grid is anywhere."""
    copies = [
        through_jpeg(drawing, quality).crop((3, 5, 128, 128)) for drawing in all_drawings()[::SOME]
    ]
    right = sum(abs(traced_quality(copy) - quality) <= 5 for copy in copies)
    assert right >= 0.9 * len(copies)


@pytest.mark.parametrize("quality", [20, 50, 75, 92])
def test_the_quality_of_a_jpeg_is_read_from_its_table(quality: int) -> None:
    picture = Image.open(io.BytesIO(jpeg(all_drawings()[0], quality)))
    assert table_quality(picture) == pytest.approx(quality, abs=1)
    assert table_quality(all_drawings()[0]) is None


def test_half_of_a_sheet_is_rarely_empty_and_found_when_it_is() -> None:
    shares = [empty_share(drawing) for drawing in all_drawings()]
    assert sum(share > 0.55 for share in shares) <= 2, "of 240"
    wide = [empty_share(bordered(drawing, 1.6)) for drawing in all_drawings()[::SOME]]
    assert min(wide) > 0.55


def test_the_content_is_where_it_was_drawn() -> None:
    picture = Image.new("RGB", (200, 100), (250, 240, 230))
    ImageDraw.Draw(picture).rectangle((50, 20, 119, 69), fill="navy")
    picture.putpixel((190, 90), (0, 0, 0))  # a speck
    assert look_of(picture).content == (50, 20, 120, 70)


def test_an_empty_sheet_is_all_content() -> None:
    assert look_of(Image.new("RGB", (90, 80), "white")).content == (0, 0, 90, 80)


def test_sketches_have_less_colour_than_finished_drawings() -> None:
    """Dora hands over two finished drawings, a sketch, two finished and a one-layer drawing."""
    dora = [look_of(drawing) for drawing in sample_drawings()["dora"][:36]]
    sketches = [look for number, look in enumerate(dora) if number % 6 == 2]
    others = [look for number, look in enumerate(dora) if number % 6 != 2]
    assert max(look.saturation for look in sketches) < sorted(o.saturation for o in others)[3]
    mean = sum(look.colours for look in others) / len(others)
    assert max(look.colours for look in sketches) < mean


def test_a_look_survives_the_store() -> None:
    look = look_of(all_drawings()[0])
    assert look_from_json(look_to_json(look)) == look
    assert thumb_picture(look).size == (48, 48)
