"""A training moves only the style, and a resumed one equals the unbroken one bit for bit."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.base.loading import LoadedBase, load_base
from engine.errors import JobFailed
from engine.lora.metadata import StyleFacts
from engine.memory.plan import Plan
from engine.protocol import TrainRecipe
from engine.training.checkpoints import save_style
from engine.training.dataset import TrainingSet
from engine.training.loop import Training

FACTS = StyleFacts(
    name="s", rank=2, alpha=2.0, step=8, steps=8, drawings=4, width=64, height=64, base="tiny",
    base_sha256="", family="builtin", recipe="own", recipe_version=1, learning_rate=1.0, batch=3,
    seed=7,
)  # fmt: skip


@pytest.fixture(autouse=True)
def base_stays_bit_identical(tiny_base: LoadedBase) -> Iterator[None]:
    parts = (tiny_base.unet.model, tiny_base.vae, tiny_base.text.encoders.first)
    before = [value.clone() for part in parts for value in part.state_dict().values()]
    yield
    after = [value for part in parts for value in part.state_dict().values()]
    assert all(torch.equal(a, b) for a, b in zip(before, after, strict=True))


def finished(base: LoadedBase, data: TrainingSet, recipe: TrainRecipe) -> Training:
    training = Training(base, data, recipe)
    while not training.done:
        training.step()
    return training


def save(training: Training, path: Path) -> None:
    for _ in training.save_state(path):
        pass


def weights(training: Training) -> list[torch.Tensor]:
    return [tensor.detach().clone() for tensor in training.lora.parameters()]


def test_a_fresh_style_changes_nothing_and_covers_every_layer(
    tiny_base: LoadedBase, data: TrainingSet, recipe: TrainRecipe
) -> None:
    style = Training(tiny_base, data, recipe).lora
    assert set(style.modules) == set(tiny_base.slots.layout.members)
    assert not any(bool(layer.up.any()) for layer in style.modules.values())
    assert {tensor.dtype for tensor in style.parameters()} == {torch.float32}


def test_training_lowers_the_loss_on_what_it_sees(
    tiny_base: LoadedBase, data: TrainingSet, recipe: TrainRecipe
) -> None:
    # The held-out ruler laid on the training drawings: the same noise before and after.
    data.held_out = data.train
    strong = dataclasses.replace(recipe, steps=30, batch=4, rank=8, alpha=8.0, learning_rate=0.05)
    training = Training(tiny_base, data, strong)
    before = sum(training.held_out_losses())
    while not training.done:
        training.step()
    after = sum(training.held_out_losses())
    assert after < 0.97 * before


@pytest.mark.parametrize("broken_after", [1, 5])
def test_a_resumed_training_equals_the_unbroken_one(
    tiny_base: LoadedBase,
    data: TrainingSet,
    recipe: TrainRecipe,
    tmp_path: Path,
    broken_after: int,
) -> None:
    first = Training(tiny_base, data, recipe)
    for _ in range(broken_after):
        first.step()
    save(first, tmp_path / "state")
    resumed = Training(tiny_base, data, recipe)
    resumed.load_state(tmp_path / "state")
    assert resumed.step_number == broken_after
    while not resumed.done:
        resumed.step()
    unbroken = finished(tiny_base, data, recipe)
    assert all(map(torch.equal, weights(resumed), weights(unbroken)))
    save(resumed, tmp_path / "one")
    save(unbroken, tmp_path / "two")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_another_seed_makes_another_style(
    tiny_base: LoadedBase, data: TrainingSet, recipe: TrainRecipe
) -> None:
    one = finished(tiny_base, data, dataclasses.replace(recipe, steps=2))
    two = finished(tiny_base, data, dataclasses.replace(recipe, steps=2, seed=8))
    assert not all(map(torch.equal, weights(one), weights(two)))


@pytest.mark.parametrize("change", [{"seed": 8}, {"steps": 9}, {"rank": 3}])
def test_a_state_of_another_training_is_refused(
    tiny_base: LoadedBase,
    data: TrainingSet,
    recipe: TrainRecipe,
    tmp_path: Path,
    change: dict[str, int],
) -> None:
    training = Training(tiny_base, data, recipe)
    training.step()
    save(training, tmp_path / "state")
    other = Training(tiny_base, data, dataclasses.replace(recipe, **change))
    with pytest.raises(JobFailed, match=r"train\.state_broken"):
        other.load_state(tmp_path / "state")


def test_the_ruler_needs_held_out_drawings_and_never_moves(
    tiny_base: LoadedBase, data: TrainingSet, recipe: TrainRecipe
) -> None:
    training = Training(tiny_base, data, recipe)
    first = list(training.held_out_losses())
    assert len(first) == 2
    assert list(training.held_out_losses()) == first
    data.held_out = []
    assert list(training.held_out_losses()) == []


def test_the_mean_loss_starts_afresh(
    tiny_base: LoadedBase, data: TrainingSet, recipe: TrainRecipe
) -> None:
    training = Training(tiny_base, data, recipe)
    losses = [training.step() for _ in range(3)]
    assert training.take_mean_loss() == pytest.approx(sum(losses) / 3)
    assert training.step() == training.take_mean_loss()


def test_a_training_that_goes_astray_says_at_which_step(
    tiny_base: LoadedBase, data: TrainingSet, recipe: TrainRecipe
) -> None:
    training = Training(tiny_base, data, recipe)
    training.step()
    with torch.no_grad():
        training.lora.parameters()[1].fill_(float("nan"))
    with pytest.raises(JobFailed) as failed:
        training.step()
    assert (failed.value.key, failed.value.facts) == ("train.not_finite", {"step": 2})


def test_a_style_that_did_not_move_is_refused(
    tiny_base: LoadedBase, data: TrainingSet, recipe: TrainRecipe, tmp_path: Path
) -> None:
    training = finished(tiny_base, data, dataclasses.replace(recipe, steps=2, learning_rate=0.0))
    with pytest.raises(JobFailed, match=r"train\.no_movement"):
        save_style(tmp_path / "s", training.lora, tiny_base, FACTS)


def test_values_beyond_half_precision_are_refused(
    tiny_base: LoadedBase, data: TrainingSet, recipe: TrainRecipe, tmp_path: Path
) -> None:
    training = Training(tiny_base, data, recipe)
    with torch.no_grad():
        training.lora.parameters()[1].fill_(1e6)
    with pytest.raises(JobFailed):
        save_style(tmp_path / "s", training.lora, tiny_base, FACTS)


def test_a_saved_style_is_the_trained_one_in_half_precision(
    tiny_base: LoadedBase, data: TrainingSet, recipe: TrainRecipe, tmp_path: Path
) -> None:
    training = finished(tiny_base, data, dataclasses.replace(recipe, steps=2))
    read = save_style(tmp_path / "s", training.lora, tiny_base, FACTS)
    for name, layer in training.lora.modules.items():
        torch.testing.assert_close(read.modules[name].up, layer.up.detach(), rtol=1e-3, atol=1e-7)


@pytest.mark.parametrize("plan", [{"checkpointed": True}, {"train_rows": 1}, {"train_rows": 2}])
def test_a_thrifty_training_makes_the_same_style(
    tiny_base: LoadedBase,
    tiny_base_folder: Path,
    data: TrainingSet,
    recipe: TrainRecipe,
    plan: dict[str, Any],
) -> None:
    thrifty = load_base(tiny_base_folder, plan=Plan(**plan))
    wanted, ours = Training(tiny_base, data, recipe), Training(thrifty, data, recipe)
    assert ours.step() == pytest.approx(wanted.step(), rel=1e-6)
    exact = "checkpointed" in plan
    assert thrifty.unet.model.is_gradient_checkpointing == exact
    if exact:
        assert torch.equal(ours.flat, wanted.flat)
        return
    # Rows added up in other groups round otherwise, and Adam's first step is nearly the sign of
    # the gradient: where that is almost nothing, rounding decides it.
    start = Training(thrifty, data, recipe).flat
    off = (ours.flat - wanted.flat).norm() / (ours.flat - start).norm()
    assert off < 1e-2
