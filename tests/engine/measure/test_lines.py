"""Lines of known width and depth."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.measure.lines import find_lines, near, shifted


def page(width: float, *, angle: float = 0.0, blur: float = 0.8) -> NDArray[np.float64]:
    """Draw one straight line of L* 20 on L* 80, with soft edges as a smooth step gives them."""
    y, x = np.mgrid[0:48, 0:48] - 23.7
    away = np.abs(x * np.cos(angle) + y * np.sin(angle))
    ink = 1 / (1 + np.exp((away - width / 2) / (blur / 1.7)))
    return 80 - 60 * ink / max(ink.max(), 1e-9)


@pytest.mark.parametrize("angle", [0.0, 0.35, np.pi / 4, 1.2, np.pi / 2])
@pytest.mark.parametrize("width", [2.5, 3.5, 4.5])
def test_width_is_read_in_pixels_at_any_angle(width: float, angle: float) -> None:
    lines = find_lines(page(width, angle=angle))
    inner = np.zeros_like(lines.here)
    inner[8:-8, 8:-8] = True
    read = np.median(lines.width[lines.here & inner])
    assert read == pytest.approx(width, rel=0.25)


def test_wider_lines_are_read_as_wider() -> None:
    read = [
        float(np.median(lines.width[lines.here]))
        for lines in (find_lines(page(w)) for w in (1.5, 2.0, 2.5, 3.0, 4.0, 5.0))
    ]
    assert read == sorted(read)


def test_depth_is_that_of_the_line() -> None:
    lines = find_lines(page(3.0))
    assert np.median(lines.depth[lines.here]) == pytest.approx(60, abs=2)


def test_an_edge_between_two_fills_is_no_line() -> None:
    light = np.full((32, 32), 80.0)
    light[:, 16:] = 30
    assert not find_lines(light).here.any()


def test_an_empty_page_has_no_lines() -> None:
    assert not find_lines(np.full((16, 16), 90.0)).here.any()


def test_shifted_looks_below_and_to_the_right() -> None:
    values = np.arange(12.0).reshape(3, 4)
    assert shifted(values, 1, 2)[0, 0] == values[1, 2]
    assert shifted(values, 5, 5)[0, 0] == values[-1, -1]
    assert shifted(values, -1, 0)[0, 3] == values[0, 3]


def test_near_grows_by_steps_to_four_sides() -> None:
    here = np.zeros((7, 7), dtype=np.bool_)
    here[3, 3] = True
    y, x = np.mgrid[0:7, 0:7]
    assert (near(here, 2) == (np.abs(y - 3) + np.abs(x - 3) <= 2)).all()
