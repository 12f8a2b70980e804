"""A batch of several sizes teaches what its rows would one by one."""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from engine.base.loading import LoadedBase
from engine.protocol import FileRef, TrainDrawing
from engine.training.dataset import TrainingSet, add_drawing, empty_set
from engine.training.lesson import Rows, row_losses
from engine.training.loop import Training, step_together
from engine.training.recipe import TrainRecipe

pytestmark = pytest.mark.usefixtures("wide_family")
SIZES = [(64, 64), (90, 50), (50, 90), (64, 66), (100, 52)]


@pytest.fixture
def mixed(tiny_base: LoadedBase, tmp_path: Path, recipe: TrainRecipe) -> TrainingSet:
    """Five drawings of three shapes."""
    drawings: list[TrainDrawing] = []
    for number, (width, height) in enumerate(SIZES):
        values = np.random.default_rng(number).integers(0, 256, (height, width, 3), np.uint8)
        path = tmp_path / f"{number}.png"
        Image.fromarray(values).save(path)
        file = FileRef(path=str(path), sha256=hashlib.sha256(path.read_bytes()).hexdigest())
        words = ", ".join(f"tag {n}" for n in range(1 + 40 * (number == 2)))
        drawings.append(TrainDrawing(file=file, caption=words))
    made = empty_set(tiny_base, drawings)
    for number, drawing in enumerate(drawings):
        list(add_drawing(made, tiny_base, drawing, recipe, number=number))
    return made


def one_by_one(base: LoadedBase, training: Training) -> tuple[torch.Tensor, float]:
    """Go backward through each row of the next step by itself, and take the mean."""
    weights = training.scaled()[None]
    grads, losses = torch.zeros_like(weights), list[float]()
    lesson = training.lesson()
    with base.unet.using(training.layers.changes(weights, grads)):
        for part in lesson.parts:
            for row in range(len(part.latents)):
                loss = row_losses(base, [part.some(slice(row, row + 1))]).mean()
                (loss / lesson.count).backward()
                losses.append(float(loss.detach()))
    return grads[0], sum(losses) / len(losses)


def gradient(base: LoadedBase, training: Training) -> tuple[torch.Tensor, float]:
    """Catch what a step is about to learn."""
    caught: list[tuple[torch.Tensor, float]] = []
    weigh = training.weigh

    def listening(grads: torch.Tensor, loss: float) -> bool:
        caught.append((grads.clone(), loss))
        return weigh(grads, loss)

    # Only listened to: what comes of it is tested elsewhere.
    training.weigh = listening  # type: ignore[method-assign]
    training.step()
    return caught[0]


def test_every_row_counts_alike_whatever_its_size(
    tiny_base: LoadedBase, mixed: TrainingSet, recipe: TrainRecipe
) -> None:
    whole = dataclasses.replace(recipe, batch=5)
    training = Training(tiny_base, mixed, whole)
    assert sorted(len(part.latents) for part in training.lesson().parts) == [1, 2, 2]
    wanted, mean = one_by_one(tiny_base, training)
    ours, loss = gradient(tiny_base, training)
    assert loss == pytest.approx(mean, rel=1e-5)
    assert float((ours - wanted).norm() / wanted.norm()) < 1e-4


def test_people_with_other_sizes_train_beside_each_other(
    tiny_base: LoadedBase, mixed: TrainingSet, recipe: TrainRecipe
) -> None:
    seeds = (1, 2, 3)
    recipes = [dataclasses.replace(recipe, seed=seed) for seed in seeds]
    together = [Training(tiny_base, mixed, one) for one in recipes]
    apart = [Training(tiny_base, mixed, one) for one in recipes]
    for _ in range(4):
        step_together(tiny_base, together)
        for training in apart:
            training.step()
    for one, other in zip(together, apart, strict=True):
        ours, alone = one.flat.detach(), other.flat.detach()
        assert float((ours - alone).norm() / alone.norm()) < 1e-4


def test_long_captions_are_read_to_their_end(mixed: TrainingSet) -> None:
    texts = {drawing.texts[0].text.shape[1] for drawing in mixed.train}
    assert len(texts) == 2, "one caption takes several windows"
    long = mixed.train[2].texts[0]
    assert long.text.shape[1] > min(texts)
    assert "tag 40" in long.prompt


def test_the_whole_training_runs_over_mixed_sizes(
    tiny_base: LoadedBase, mixed: TrainingSet, recipe: TrainRecipe
) -> None:
    training = Training(tiny_base, mixed, dataclasses.replace(recipe, steps=6))
    seen: set[tuple[torch.Size, ...]] = set()
    while not training.done:
        seen.add(training.lesson().shape)
        training.step()
    assert len(seen) > 2
    assert bool(training.flat.isfinite().all())


def test_rows_are_cut_with_all_that_belongs_to_them(
    tiny_base: LoadedBase, mixed: TrainingSet, recipe: TrainRecipe
) -> None:
    rows: Rows = Training(tiny_base, mixed, recipe).lesson().parts[0]
    some = rows.some(slice(0, 1))
    told = (some.latents, some.noise, some.timesteps, some.texts, some.told)
    assert {len(part) for part in told} == {1}
