"""Drawings that no run has seen, and how well their tags were read."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.builtin.drawing import draw
from engine.builtin.tagging.labels import RATINGS, all_labels


def unseen(first: int, count: int) -> tuple[list[Image.Image], NDArray[np.bool_]]:
    """Draw pictures and spell their general tags, (count, general names)."""
    drawings = [draw(seed) for seed in range(first, first + count)]
    rows = all_labels().rows([drawing.tags for drawing in drawings])
    return [drawing.picture for drawing in drawings], rows[:, len(RATINGS) :] > 0.5


def micro_f1(said: NDArray[np.bool_], true: NDArray[np.bool_]) -> float:
    """Count all tags of all pictures together: 2 TP / (2 TP + FP + FN)."""
    right = float((said & true).sum())
    return 2 * right / max(1.0, float(said.sum() + true.sum()))
