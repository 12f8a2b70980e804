"""What is asked of a worker in tests."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
from PIL import Image

from engine.pictures.recipe import Recipe
from engine.protocol import FileRef, TrainDrawing, TrainRecipe, TrainRequest

SAMPLE = Recipe(prompt="cat", positive="cat", seed=3, steps=2, width=64, height=64)


def small_request(folder: Path) -> TrainRequest:
    """Ask for two checkpoints in six steps, from five drawings of 64 pixels."""
    drawings = []
    for number in range(5):
        values = np.random.default_rng(number).integers(0, 256, (64, 64, 3), np.uint8)
        path = folder / f"{number}.png"
        Image.fromarray(values).save(path)
        file = FileRef(path=str(path), sha256=hashlib.sha256(path.read_bytes()).hexdigest())
        drawings.append(TrainDrawing(file=file, caption="cat, fox", held_out=number == 4))
    recipe = TrainRecipe(rank=2, alpha=2.0, batch=2, steps=6, checkpoints=2, learning_rate=1e-2)
    return TrainRequest(
        request_id="t", name="mira", drawings=tuple(drawings), recipe=recipe, samples=(SAMPLE,)
    )
