"""A multiplied shadow's colour and side are recovered."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.measure.shadows import find_shadow

FACTORS = np.asarray([0.62, 0.50, 0.78])
NOWHERE = np.zeros((64, 64), dtype=np.bool_)


def shaded(*, right: bool) -> NDArray[np.float64]:
    """Two fills, one above the other, both in shadow on one half."""
    page = np.empty((64, 64, 3))
    page[:32], page[32:] = (0.9, 0.7, 0.5), (0.5, 0.8, 0.6)
    half = slice(40, None) if right else slice(0, 24)
    page[:, half] *= FACTORS
    return page


@pytest.mark.parametrize("right", [True, False])
def test_side_and_factors(right: bool) -> None:
    shadow = find_shadow(shaded(right=right), NOWHERE)
    assert np.exp(shadow.factors) == pytest.approx(FACTORS, abs=0.03)
    assert shadow.side * (1 if right else -1) > 0.8


def test_no_shadow() -> None:
    flat = np.full((64, 64, 3), 0.6)
    shadow = find_shadow(flat, NOWHERE)
    assert (shadow.side, *shadow.factors) == (0, 0, 0, 0)


def test_steps_beside_lines_do_not_count() -> None:
    assert find_shadow(shaded(right=True), ~NOWHERE).side == 0
