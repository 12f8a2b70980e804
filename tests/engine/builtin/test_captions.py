"""The captions that the base is trained with."""

from __future__ import annotations

import numpy as np
import pytest

from engine.builtin.captions import HIDDEN, SHORT, ladder, training_caption

FURRY = ("furry", "1girl", "upper body", "orange fur", "forest")
COUNT = 4000


def captions(tags: tuple[str, ...], score: int = 7) -> list[list[str]]:
    rng = np.random.default_rng(5)
    return [training_caption(tags, score, rng).split(", ") for _ in range(COUNT)]


def share(rows: list[list[str]], word: str) -> float:
    return sum(word in row for row in rows) / len(rows)


@pytest.mark.parametrize(
    ("score", "words"),
    [(7, "score_7, score_6_up, score_5_up, score_4_up"), (4, "score_4")],
)
def test_ladder_is_cut_from_the_left(score: int, words: str) -> None:
    assert ladder(score) == words


def test_one_caption_in_ten_is_empty() -> None:
    # five standard deviations of a binomial share of this size
    assert abs(share(captions(FURRY), "") - 0.1) < 5 * (0.1 * 0.9 / COUNT) ** 0.5


def test_a_furry_is_sometimes_called_a_girl_only() -> None:
    rows = [row for row in captions(FURRY) if "1girl" in row]
    hidden = 1 - share(rows, "furry")
    assert abs(hidden - HIDDEN) < 5 * (HIDDEN / len(rows)) ** 0.5


def test_a_lone_subject_is_always_named() -> None:
    rows = [row for row in captions(("cat", "black fur", "grass")) if row != [""]]
    assert share(rows, "cat") == 1.0


def test_many_captions_are_short() -> None:
    girl = (
        "1girl",
        "red hair",
        "long hair",
        "blue eyes",
        "smile",
        "green dress",
        "standing",
        "snow",
    )
    rows = [row for row in captions(girl) if row != [""]]
    bare = sum(not set(row) & set(girl[1:]) for row in rows) / len(rows)
    # Of `SHORT`, those that leave out all of seven tags: the mean of u^7 over u is 1/8. A colour
    # may be left out by itself as well, which is rare.
    assert abs(bare - SHORT / 8) < 5 * (SHORT / 8 / len(rows)) ** 0.5
