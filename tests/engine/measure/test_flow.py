"""Edges that run one way agree, crossing ones do not."""

from __future__ import annotations

import numpy as np
import pytest

from engine.measure.flow import blurred, flow_of


def stripes(*, crossed: bool) -> np.ndarray:
    """Draw (64, 64, 3) CIELAB stripes, or a board of squares."""
    rows, columns = np.mgrid[:64, :64] // 16 % 2
    light = 80.0 * ((rows ^ columns) if crossed else columns)
    return np.stack([light, 0 * light, 0 * light], axis=-1)


def test_stripes_run_one_way_at_any_contrast() -> None:
    for contrast in (1.0, 0.1):
        flow = flow_of(stripes(crossed=False) * contrast)
        assert float(flow.agreement[16:48, 30:34].min()) > 0.99


def test_corners_do_not_agree() -> None:
    flow = flow_of(stripes(crossed=True))
    assert float(flow.agreement[31:33, 31:33].max()) < 0.2  # where four squares meet
    assert float(flow.agreement[24, 32]) > 0.9  # in the middle of a side


def test_nothing_flows_on_an_empty_page() -> None:
    flow = flow_of(np.full((16, 16, 3), 50.0))
    assert float(flow.energy.max()) == pytest.approx(0.0)


def test_a_blur_keeps_the_mean_and_spreads_as_asked() -> None:
    point = np.zeros((41, 41))
    point[20, 20] = 1.0
    spread = blurred(point, 2.0)
    assert float(spread.sum()) == pytest.approx(1.0)
    across = (np.arange(41) - 20) ** 2
    assert float((spread.sum(axis=0) * across).sum()) == pytest.approx(4.0, rel=0.05)
