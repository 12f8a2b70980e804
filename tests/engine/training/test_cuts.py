"""A drawing is cut in its bucket's shape, and nothing is distorted."""

from __future__ import annotations

import pytest
from PIL import Image

from engine.training.cuts import cut_out, cuts


def test_the_middle_comes_first_and_follows_from_the_sizes() -> None:
    [cut] = cuts((300, 100), (50, 50), most=1, seed=1)
    assert cut.box == (100, 0, 200, 100)
    assert (cut.top, cut.left) == (0, 50)


@pytest.mark.parametrize("most", [1, 4])
def test_cuts_lie_inside_and_have_the_buckets_shape(most: int) -> None:
    made = cuts((1000, 700), (1216, 832), most=most, seed=3)
    assert len(made) == min(most, 3), "scaled to 1216 by 851: 19 rows of room, two latents"
    for cut in made:
        left, top, right, bottom = cut.box
        assert left >= 0 <= top
        assert right <= 1000 + 1e-9
        assert bottom <= 700 + 1e-9
        assert (right - left) / (bottom - top) == pytest.approx(1216 / 832)


def test_as_many_cuts_as_asked_where_there_is_room_for_a_latent() -> None:
    assert len(cuts((144, 64), (64, 64), most=5, seed=1)) == 5
    assert len(cuts((80, 64), (64, 64), most=5, seed=1)) == 3
    assert len(cuts((71, 64), (64, 64), most=5, seed=1)) == 1
    assert len(cuts((64, 64), (64, 64), most=5, seed=1)) == 1


def test_cuts_follow_from_the_seed() -> None:
    assert cuts((90, 64), (64, 64), most=4, seed=1) == cuts((90, 64), (64, 64), most=4, seed=1)
    assert cuts((90, 64), (64, 64), most=4, seed=1) != cuts((90, 64), (64, 64), most=4, seed=2)


def test_squares_stay_square() -> None:
    picture = Image.new("L", (300, 100), 255)
    picture.paste(Image.new("L", (60, 60), 0), (120, 20))
    [cut] = cuts((300, 100), (50, 50), most=1, seed=1)
    dark = [255 * (value < 128) for value in range(256)]
    black = cut_out(picture, cut, (50, 50)).convert("L").point(dark)
    left, top, right, bottom = black.getbbox() or (0, 0, 0, 0)
    assert (right - left, bottom - top) == (30, 30)


def test_what_fits_already_is_not_touched() -> None:
    picture = Image.effect_noise((64, 64), 50).convert("RGB")
    [cut] = cuts((64, 64), (64, 64), most=1, seed=1)
    assert cut_out(picture, cut, (64, 64)).tobytes() == picture.tobytes()
