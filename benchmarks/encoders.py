"""How often a training run asks the text encoders and the VAE."""

from __future__ import annotations

from typing import Any
from unittest import mock

from benchmarks.table import Measured
from engine.base.loading import load_base
from engine.builtin.artists import ADA
from engine.builtin.report.trained import drawings_to_train
from engine.protocol import TrainRecipe
from engine.training.dataset import add_drawing, empty_set
from engine.training.loop import Training

DRAWINGS, STEPS = 8, 6


def measure() -> list[Measured]:
    """Train a few steps on a few drawings, and count from the first drawing to the last step."""
    base = load_base("builtin")
    drawings = drawings_to_train(ADA)[:DRAWINGS]
    encode, crops = base.vae.encode, 0

    def counted(*given: Any, **named: Any) -> Any:
        nonlocal crops
        crops += 1
        return encode(*given, **named)

    with mock.patch.object(base.vae, "encode", counted):
        data = empty_set(base, drawings)
        recipe = TrainRecipe(steps=STEPS, batch=4)
        for number, drawing in enumerate(drawings):
            for _ in add_drawing(data, base, drawing, recipe, number=number):
                pass
        training = Training(base, data, recipe)
        while not training.done:
            training.step()
    texts = {text.prompt for drawing in data.train for text in drawing.texts} | {""}
    return [
        Measured(
            name="text-encoder calls of a training run / variants of its captions",
            value=base.text.calls / len(texts),
            goal=1,
            side="exactly",
        ),
        Measured(
            name="VAE-encoder calls of a training run / crops",
            value=crops / DRAWINGS,
            goal=1,
            side="exactly",
        ),
    ]
