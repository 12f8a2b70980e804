"""Each trait follows its own knob, and no trait follows the score."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from engine.builtin.drawing import draw
from engine.builtin.knobs import turned
from engine.builtin.look import Look
from engine.measure.traits import TRAITS, line_width, traits

SEED = 61_000_000
#: Knob → what it moves, and the least of it in standard deviations of a random gallery.
MOVED = {
    "line_width": {"line width": 0.8},
    "ink": {"ink red-green": 1.5, "ink yellow-blue": 0.8},
    "ink_tint": {"ink variety": 0.6},
    "saturation": {"colourfulness": 1.0},
    "paper": {"paper yellow-blue": 0.4},
    "shadow": {"shadow red": 0.9, "shadow blue": -0.6},
    "shadow_side": {"shadow side": 1.5},
    "grain": {"grain": 1.5},
    "streaks": {"streaks": 1.5},
}


def read(count: int, look: Look | None = None, score: int | None = None) -> NDArray[np.float64]:
    """Measure drawings of the same seeds."""
    drawn = (draw(SEED + n, look=look, score=score).picture for n in range(count))
    return np.stack([traits(picture) for picture in drawn])


@cache
def deviation() -> NDArray[np.float64]:
    """How much the traits differ among random drawings."""
    return read(60).std(axis=0)


@pytest.mark.parametrize("knob", MOVED)
def test_a_knob_moves_its_own_traits(knob: str) -> None:
    low, high = turned(knob)
    moved = (read(12, high, 8).mean(axis=0) - read(12, low, 8).mean(axis=0)) / deviation()
    for name, least in MOVED[knob].items():
        assert moved[TRAITS.index(name)] / least >= 1, name


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_score_moves_no_trait() -> None:
    count = 160
    well, badly = read(count, score=9), read(count, score=4)
    moved = (well.mean(axis=0) - badly.mean(axis=0)) / read(count).std(axis=0)
    assert dict(zip(TRAITS, moved.round(2), strict=True)) == {
        name: pytest.approx(0, abs=0.2) for name in TRAITS
    }


def test_a_page_without_lines_has_traits_too() -> None:
    blank = Image.new("RGB", (64, 64), (200, 180, 160))
    assert np.isfinite(traits(blank)).all()
    assert line_width(blank) == 0
