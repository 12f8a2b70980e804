"""Pictures made for showing."""

import io

import pytest
from PIL import Image

from cogs.ui.lettering import font, shorten
from cogs.ui.pictures import (
    SHOWN_SIDE,
    for_gallery,
    shown,
)
from tests.cogs.world import picture, png


@pytest.mark.parametrize("size", [(128, 128), (96, 160), (160, 96)], ids=str)
def test_small_pictures_are_enlarged_in_proportion(size: tuple[int, int]) -> None:
    image = picture(shown(png(3, size), None).data)
    assert min(image.size) == SHOWN_SIDE
    assert image.width / image.height == pytest.approx(size[0] / size[1], rel=0.01)


def test_a_large_single_picture_is_posted_untouched() -> None:
    data = png(3, (1024, 1024))
    assert shown(data, None).data == data


def test_a_number_changes_only_its_corner() -> None:
    one, two = (picture(shown(png(3, (512, 512)), number).data) for number in (1, 2))
    corner, rest = (0, 0, 96, 96), (96, 96, 512, 512)
    assert one.crop(corner).tobytes() != two.crop(corner).tobytes()
    assert one.crop(rest).tobytes() == two.crop(rest).tobytes()


def test_numbers_can_be_told_apart_on_a_phone() -> None:
    """Four pictures share 350 pixels there: 175 for each."""
    small = [
        picture(shown(png(3), number).data).resize((175, 175)).crop((0, 0, 40, 40)).tobytes()
        for number in (1, 2, 3, 4)
    ]
    assert len(set(small)) == 4


def test_gallery_copies_are_small() -> None:
    out = io.BytesIO()
    Image.effect_noise((1536, 1024), 80).convert("RGB").save(out, "PNG")
    copy = for_gallery(out.getvalue(), 9)
    assert max(picture(copy.data).size) == 1024
    assert len(copy.data) < 2_000_000


def test_long_labels_are_cut_with_an_ellipsis() -> None:
    cut = shorten("очень длинное название стиля", 24, 120)
    assert cut.endswith("…")
    assert font(24).getlength(cut) <= 120
    assert shorten("мира", 24, 120) == "мира"


def noise(side: int) -> bytes:
    out = io.BytesIO()
    Image.effect_noise((side, side), 80).convert("RGB").save(out, "PNG", compress_level=0)
    return out.getvalue()


def test_a_picture_that_is_too_large_is_posted_as_webp() -> None:
    data = noise(600)
    copy = shown(data, None, len(data) - 1)
    assert copy.suffix == "webp"
    assert picture(copy.data).tobytes() == picture(data).tobytes()


@pytest.mark.parametrize("number", [None, 2])
def test_whatever_the_room_it_is_kept(number: int | None) -> None:
    data = noise(600)
    usual = len(shown(data, 2).data)
    copy = shown(data, number, usual // 2)
    assert len(copy.data) <= usual // 2
    assert picture(copy.data).size == (600, 600)
