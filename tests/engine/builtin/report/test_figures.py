"""What the report says of a figure, and how it counts obedience."""

from __future__ import annotations

import math

import numpy as np
import pytest

from engine.builtin.report.__main__ import summed_up
from engine.builtin.report.figure import Figure
from engine.builtin.report.hands import NAMES, nearest, own_traits, scale
from engine.builtin.report.obedience import asked, kind_of, shares, shortly
from engine.builtin.report.scores import figures


@pytest.mark.parametrize(
    ("value", "at_least", "at_most"),
    [(0.5, True, True), (0.4, False, True), (0.6, True, False), (math.nan, False, False)],
)
def test_a_bar_is_met_from_its_own_side(value: float, at_least: bool, at_most: bool) -> None:
    assert Figure(name="a", value=value, bar=0.5).held is at_least
    assert Figure(name="a", value=value, bar=0.5, side="at most").held is at_most


def test_a_figure_without_a_bar_is_told_only() -> None:
    told = Figure(name="told", value=0.1)
    assert told.held
    assert "at least" not in told.line()
    assert summed_up([told, Figure(name="bad", value=0, bar=1)], 60).startswith("0 of 1 bars")


def test_the_last_line_names_what_was_missed() -> None:
    good, bad = Figure(name="good", value=1, bar=0.5), Figure(name="bad", value=0, bar=0.5)
    assert summed_up([good, bad], 90) == "1 of 2 bars met in 1.5 minutes; missed: bad"
    assert summed_up([good], 60) == "1 of 1 bars met in 1.0 minutes"


def test_asked_tags_are_sought_under_their_own_kind() -> None:
    tags = [("cat", "black fur", "no humans", "grass"), ("1girl", "red hair", "snow")]
    read = [{"cat": 0.9, "grass": 0.8}, {"1girl": 0.9, "red hair": 0.7, "blue sky": 0.9}]
    assert shares(tags, read) == {"subject": 1.0, "attribute": 0.5, "background": 0.5}
    assert kind_of("simple background") == "background"
    assert kind_of("red background") == "attribute"


def test_a_short_wish_keeps_one_attribute() -> None:
    whole = ("furry", "1girl", "red fur", "smile", "tail", "snow")
    short = shortly(whole, 4)
    assert [tag for tag in short if kind_of(tag) != "attribute"] == ["furry", "1girl", "snow"]
    assert len(short) == 4
    assert len({shortly(whole, seed) for seed in range(30)}) == 3
    assert shortly(("cat", "no humans", "snow"), 1) == ("cat", "no humans", "snow")


def test_the_same_pictures_are_asked_for_every_time() -> None:
    assert asked(3) == asked(5)[:3]


def ladder(rise: float) -> list[float]:
    """Qualities of 32 prompts that differ much, with `rise` per score and a little noise."""
    rng = np.random.default_rng(3)
    prompts = rng.normal(0, 10, (32, 1))
    read = prompts + rise * np.arange(6) + rng.normal(0, 1, (32, 6))
    return [figure.value for figure in figures(read)]


def test_a_rise_with_the_score_is_found_under_the_prompts_own_differences() -> None:
    correlation, p = ladder(1.0)
    assert correlation > 0.9
    assert p < 0.001


def test_no_rise_is_no_ladder() -> None:
    correlation, p = ladder(0.0)
    assert abs(correlation) < 0.5
    assert p > 0.05


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_artists_drawings_are_nearest_to_their_own_even_through_the_vae() -> None:
    """Each held-out drawing beside those of the other artists with the same place in the set."""
    read = np.stack([own_traits()[name] for name in NAMES])
    away = read - read.mean(axis=0)
    scatter = (away - away.mean(axis=1, keepdims=True)).std(axis=(0, 1))
    halves = [np.mean([away[:, k::6] for k in pair], axis=0) for pair in ((0, 1, 2), (3, 4, 5))]
    for number, name in enumerate(NAMES):
        rows = np.concatenate([half[number] for half in halves])
        assert np.isfinite(rows / scale()).all()
        assert nearest(rows, scatter).count(name) >= 0.85 * len(rows)
