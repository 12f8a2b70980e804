"""Tag statistics, against counting by hand."""

from __future__ import annotations

import math
import random

import pytest

from bot.services.captions_stats import PAIRS_SHOWN, TagCount, mark_of, tag_stats


def test_tags_are_counted_once_for_each_drawing() -> None:
    stats = tag_stats(["1girl, cat, cat", "1girl, Long_Hair", "1girl, long hair, dog", ""])
    assert stats.drawings == 4
    assert stats.different == 4
    assert stats.frequent == (
        TagCount(tag="1girl", count=3),
        TagCount(tag="Long_Hair", count=2),
        TagCount(tag="cat", count=1),
        TagCount(tag="dog", count=1),
    )


def test_only_the_twenty_most_frequent_are_told() -> None:
    captions = [", ".join(f"tag{n}" for n in range(made)) for made in range(1, 31)]
    stats = tag_stats(captions)
    assert stats.different == 30
    assert [one.tag for one in stats.frequent] == [f"tag{n}" for n in range(20)]
    assert [one.count for one in stats.frequent] == list(range(30, 10, -1))


def test_pairs_that_are_always_together_are_found_with_their_pmi() -> None:
    captions = ["hat, coat"] * 4 + ["cat"] * 4 + ["cat, dog"] * 8
    [pair] = tag_stats(captions).together
    assert (pair.first, pair.second, pair.count) == ("coat", "hat", 4)
    # p(both) = 4/16, p(coat) = p(hat) = 4/16: log2 (1/4) / (1/16)
    assert pair.pmi == pytest.approx(2.0)


def test_three_times_together_or_once_apart_is_no_pair() -> None:
    assert tag_stats(["hat, coat"] * 3 + ["cat"] * 5).together == ()
    assert tag_stats(["hat, coat"] * 6 + ["hat"] + ["coat"] + ["cat"] * 5).together == ()


def test_what_is_on_every_drawing_is_no_pair_but_is_everywhere() -> None:
    stats = tag_stats(["1girl, solo"] * 9 + ["1girl, cat"])
    assert stats.together == ()
    assert [(one.tag, one.count) for one in stats.everywhere] == [("1girl", 10), ("solo", 9)]
    assert tag_stats(["1girl, solo"] * 8 + ["1girl, cat"] * 2).everywhere == (
        TagCount(tag="1girl", count=10),
    )


def test_three_drawings_say_nothing() -> None:
    assert tag_stats(["cat"] * 3).everywhere == ()
    assert tag_stats(()).frequent == ()


def test_pairs_agree_with_counting_by_hand() -> None:
    order = random.Random(3)
    tags = [f"t{n}" for n in range(8)]
    for _ in range(200):
        drawn = [[tag for tag in tags if order.random() < 0.5] for _ in range(9)]
        drawn = [[*some, *(f"{tag}b" for tag in some if tag < "t4")] for some in drawn]
        stats = tag_stats([", ".join(some) for some in drawn])
        expected = {
            (a, b)
            for a in {tag for some in drawn for tag in some}
            for b in {tag for some in drawn for tag in some}
            if a < b
            and 4 <= sum(a in some and b in some for some in drawn) < 9
            and all((a in some) == (b in some) for some in drawn)
        }
        found = {(one.first, one.second) for one in stats.together}
        assert found == expected or len(found) == PAIRS_SHOWN < len(expected)
        for one in stats.together:
            assert one.pmi == pytest.approx(math.log2(9 / one.count))


def test_a_mark_is_the_same_for_every_spelling_and_fits_a_button() -> None:
    assert mark_of("Long_Hair") == mark_of("long hair") == TagCount(tag="LONG hair", count=1).mark
    assert mark_of("long hair") != mark_of("short hair")
    assert mark_of("синие волосы").isalnum()
