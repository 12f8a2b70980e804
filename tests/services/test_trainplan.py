"""Which drawings are kept aside."""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from pathlib import Path

import pytest

from bot.services.trainplan import held_out, tags_of
from data.models import DatasetId, Drawing, DrawingId, Split

ARTISTS = Path(__file__).resolve().parents[2] / "data" / "assets" / "artists"


def drawing(number: int, caption: str) -> Drawing:
    return Drawing(
        id=DrawingId(f"d{number}"),
        dataset_id=DatasetId("s"),
        ordinal=number + 1,
        sha256=hashlib.sha256(f"{caption} {number}".encode()).hexdigest(),
        file_name=f"{number}.png",
        width=64,
        height=64,
        caption=caption,
        split=Split.TRAIN,
    )


def drawings(artist: str) -> list[Drawing]:
    texts = sorted((ARTISTS / artist).glob("*.txt"))
    return [drawing(number, text.read_text()) for number, text in enumerate(texts)]


@pytest.mark.parametrize(
    ("count", "aside"), [(5, 0), (23, 0), (24, 4), (29, 4), (30, 5), (36, 6), (200, 33)]
)
def test_one_in_six_is_kept_aside_once_there_are_24(count: int, aside: int) -> None:
    assert len(held_out([drawing(number, "cat") for number in range(count)])) == aside


def test_the_choice_does_not_depend_on_the_order() -> None:
    mine = drawings("ada")
    chosen = held_out(mine)
    for seed in range(5):
        random.Random(seed).shuffle(mine)
        assert held_out(mine) == chosen


@pytest.mark.parametrize("artist", ["ada", "boris", "cleo", "dora", "emil"])
def test_every_frequent_tag_keeps_its_share(artist: str) -> None:
    """Of 36 drawings 6: the three most frequent subjects are within one of their sixth."""
    mine = drawings(artist)
    chosen = held_out(mine)
    aside = [one for one in mine if one.id in chosen]
    subjects = Counter(one.caption.split(",")[0] for one in mine)
    for subject, count in subjects.most_common(3):
        kept = sum(one.caption.split(",")[0] == subject for one in aside)
        assert abs(kept - count / 6) <= 1, subject


def test_two_halves_that_share_no_tag_are_both_kept_aside() -> None:
    mine = [drawing(number, "cat, fur" if number < 18 else "house, sky") for number in range(36)]
    chosen = held_out(mine)
    assert sum(one.id in chosen for one in mine[:18]) == 3


def test_of_every_kind_one_in_six_is_kept_aside() -> None:
    mine = drawings("dora")
    kinds = {
        one.id: 1 + (number % 6 == 2) + 2 * (number % 6 == 5) for number, one in enumerate(mine)
    }
    kinds.pop(mine[0].id)
    chosen = held_out(mine, kinds=kinds)
    assert Counter(kinds.get(one, 0) for one in chosen) == {1: 4, 2: 1, 3: 1}
    for seed in range(3):
        random.Random(seed).shuffle(mine)
        assert held_out(mine, kinds=kinds) == chosen


def test_an_artist_who_trains_on_all_keeps_none_aside() -> None:
    assert held_out(drawings("ada"), on_all=True) == frozenset()


def test_tags_are_told_apart_by_commas_alone() -> None:
    assert tags_of("1girl,  Red hair , ,red hair") == {"1girl", "red hair"}
