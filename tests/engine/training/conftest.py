"""A handful of drawings and a short recipe."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from engine.protocol import FileRef, TrainDrawing, TrainRecipe

if TYPE_CHECKING:
    from engine.base.loading import LoadedBase
    from engine.training.dataset import TrainingSet


@pytest.fixture
def drawings(tmp_path: Path) -> tuple[TrainDrawing, ...]:
    """Six drawings of unequal sizes, the last two held out."""
    made = []
    for number in range(6):
        values = np.random.default_rng(number).integers(0, 256, (70 + number, 90, 3), np.uint8)
        path = tmp_path / f"{number}.png"
        Image.fromarray(values).save(path)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        file = FileRef(path=str(path), sha256=digest)
        caption = f"cat, red, fox, hat {number}"
        made.append(TrainDrawing(file=file, caption=caption, held_out=number >= 4))
    return tuple(made)


@pytest.fixture
def recipe() -> TrainRecipe:
    """Eight steps, two checkpoints; a rate that moves the tiny base."""
    return TrainRecipe(
        rank=2, alpha=2.0, batch=3, steps=8, checkpoints=2, learning_rate=5e-3, seed=7
    )


@pytest.fixture
def small_family(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the tiny base count as the built-in one, 128 pixels instead of SDXL's 1024."""
    import dataclasses

    import engine.training.dataset as dataset
    from engine.base.families import family_of

    small = dataclasses.replace(family_of("builtin"), width=64, height=64)
    # A fake family: real ones draw at 128 pixels and more, which is slow for nothing here.
    monkeypatch.setattr(dataset, "family_of", lambda _: small)


@pytest.fixture
def wide_family(small_family: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the tiny base count as a real one in small: sizes of 64² pixels in steps of 16."""
    import dataclasses

    import engine.training.dataset as dataset
    from engine.base.buckets import BucketRules
    from engine.base.families import family_of

    small = dataclasses.replace(family_of("pony"), width=64, height=64)
    # Real families are trained at a million pixels, which is slow for nothing here.
    monkeypatch.setattr(dataset, "family_of", lambda _: small)
    monkeypatch.setattr(dataset, "rules_of", lambda _: BucketRules(64, 16, 32, 128))


@pytest.fixture
def data(
    tiny_base: LoadedBase,
    drawings: tuple[TrainDrawing, ...],
    recipe: TrainRecipe,
    small_family: None,
) -> TrainingSet:
    """Encode the drawings."""
    from engine.training.dataset import add_drawing, empty_set

    made = empty_set(tiny_base, drawings)
    for number, drawing in enumerate(drawings):
        for _ in add_drawing(made, tiny_base, drawing, recipe, number=number):
            pass
    return made
