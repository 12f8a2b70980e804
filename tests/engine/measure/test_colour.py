"""sRGB to CIELAB, against published values."""

from __future__ import annotations

import numpy as np
import pytest

from engine.measure.colour import chroma_of, lab_of


@pytest.mark.parametrize(
    ("rgb", "lab"),
    [
        ((0, 0, 0), (0.0, 0.0, 0.0)),
        ((255, 255, 255), (100.0, 0.0, 0.0)),
        ((255, 0, 0), (53.24, 80.09, 67.20)),
        ((0, 255, 0), (87.73, -86.18, 83.18)),
        ((0, 0, 255), (32.30, 79.19, -107.86)),
        ((119, 119, 119), (50.03, 0.0, 0.0)),
    ],
)
def test_known_colours(rgb: tuple[int, int, int], lab: tuple[float, float, float]) -> None:
    assert lab_of(np.asarray(rgb) / 255) == pytest.approx(lab, abs=0.02)


def test_greys_have_no_chroma() -> None:
    greys = np.repeat(np.linspace(0, 1, 5)[:, None], 3, axis=1)
    assert chroma_of(lab_of(greys)) == pytest.approx(np.zeros(5), abs=0.02)
