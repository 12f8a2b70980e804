"""Which drawings are the same one, and which only have the same subject."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from engine.measure.lookalikes import ALIKE, find_alike

ARTISTS = Path(__file__).resolve().parents[3] / "data" / "assets" / "artists"
NAMES = ("ada", "boris", "cleo", "dora", "emil")
TURNS = tuple(Image.Transpose)


def small(picture: Image.Image) -> Image.Image:
    return picture.convert("L").resize((48, 48), Image.Resampling.BOX)


def drawings(artist: str) -> list[Image.Image]:
    folder = ARTISTS / artist
    paths = [*sorted(folder.glob("*.png")), *sorted(folder.glob("held_out/*.png"))]
    return [Image.open(path).convert("RGB") for path in paths]


@pytest.mark.parametrize("artist", NAMES)
def test_different_drawings_of_one_artist_are_not_alike(artist: str) -> None:
    found = find_alike([small(drawing) for drawing in drawings(artist)])
    assert found == (), "of 1,128 pairs"


def cut(picture: Image.Image, chance: random.Random) -> Image.Image:
    """Cut up to an eighth off every side."""
    left, top, right, bottom = (int(chance.random() * picture.width / 8) for _ in range(4))
    return picture.crop((left, top, picture.width - right, picture.height - bottom))


COPIES: dict[str, Callable[[Image.Image, random.Random], Image.Image]] = {
    "the same": lambda picture, _: picture,
    "cut": cut,
    "turned": lambda picture, chance: picture.transpose(chance.choice(TURNS)),
    "cut and turned": lambda picture, chance: cut(picture, chance).transpose(chance.choice(TURNS)),
    "a fifth off one side": lambda picture, _: picture.crop((26, 0, 128, 128)),
    "smaller": lambda picture, _: picture.resize((50, 50)),
    "darker": lambda picture, _: picture.point(lambda value: value * 0.7),
}


@pytest.mark.parametrize("how", COPIES)
def test_copies_are_found_whatever_was_done_to_them(how: str) -> None:
    chance = random.Random(1)
    originals = [drawing for artist in NAMES for drawing in drawings(artist)[::8]]
    missed = [
        number
        for number, original in enumerate(originals)
        if not find_alike([small(original), small(COPIES[how](original, chance))])
    ]
    assert len(missed) <= 1, f"{missed} of {len(originals)}"


def test_pairs_are_named_by_place_the_likest_first() -> None:
    ada = drawings("ada")
    copies = [small(picture) for picture in (*ada[:3], ada[1].crop((9, 0, 128, 120)), ada[0])]
    first, second = find_alike(copies)
    assert (first.first, first.second) == (0, 4)
    assert (second.first, second.second) == (1, 3)
    assert 1.001 > first.likeness > second.likeness > ALIKE


def test_plain_sheets_are_like_nothing() -> None:
    assert find_alike([Image.new("L", (48, 48), grey) for grey in (255, 255, 250)]) == ()


def test_one_drawing_alone_is_like_nothing() -> None:
    assert find_alike([small(drawings("ada")[0])]) == ()
