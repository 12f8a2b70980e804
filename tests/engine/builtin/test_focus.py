"""A face counts as much as all around it, and the picture as much as before."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import ImageChops

from engine.builtin.drawing import draw
from engine.builtin.focus import MOST, face_weights


def test_without_a_face_all_places_count_alike() -> None:
    assert torch.equal(face_weights([None]), torch.ones(1, 1, 16, 16))


def test_a_large_face_counts_as_much_as_the_rest() -> None:
    weights = face_weights([(64.0, 64.0, 32.0)])[0, 0]
    face = weights[4:12, 4:12]
    assert face.sum().item() == pytest.approx(weights.sum().item() / 2, rel=1e-5)
    assert weights.mean().item() == pytest.approx(1.0, rel=1e-5)


def test_a_small_face_does_not_count_for_everything() -> None:
    weights = face_weights([(60.0, 60.0, 3.9)])[0, 0]
    assert weights.max() / weights.min() == MOST


def test_a_face_outside_the_picture_changes_nothing() -> None:
    assert torch.equal(face_weights([(-50.0, 64.0, 20.0)]), torch.ones(1, 1, 16, 16))


@pytest.mark.parametrize("subject", ["1girl", "1boy", "pony"])
def test_eyes_lie_in_the_face_that_the_generator_names(subject: str) -> None:
    red, blue = (draw(11, tags=(subject, eyes), score=9) for eyes in ("red eyes", "blue eyes"))
    changed = np.asarray(ImageChops.difference(red.picture, blue.picture)).any(axis=-1)
    down, across = np.nonzero(changed)
    assert red.face is not None
    x, y, radius = red.face
    assert len(down) > 20
    assert np.abs(across - x).max() < radius
    assert np.abs(down - y).max() < radius


def test_things_have_no_face() -> None:
    assert draw(11, tags=("house",)).face is None
