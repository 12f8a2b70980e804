"""Half precision: small gradients survive, an overflow costs one step."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from engine.base.loading import LoadedBase, load_base
from engine.errors import JobFailed
from engine.training.dataset import TrainingSet
from engine.training.loop import Training
from engine.training.loss_scale import LossScale
from engine.training.recipe import TrainRecipe


def test_other_kinds_are_never_scaled_and_nothing_is_forgiven() -> None:
    for dtype in (torch.float32, torch.bfloat16):
        scale = LossScale(dtype)
        for step in range(2000):
            assert scale.judge(loss=True, grads=True, step=step)
        assert scale.value == 1
        with pytest.raises(JobFailed) as failed:
            scale.judge(loss=True, grads=False, step=7)
        assert (failed.value.key, failed.value.facts) == ("train.not_finite", {"step": 7})


def test_it_falls_at_once_and_rises_slowly() -> None:
    scale = LossScale(torch.float16)
    first = scale.value
    assert not scale.judge(loss=True, grads=False, step=1)
    assert scale.value == first / 2
    for step in range(500):
        assert scale.judge(loss=True, grads=True, step=step)
    assert scale.value == first


def test_what_no_scale_helps_fails() -> None:
    scale = LossScale(torch.float16)
    while scale.value > 1:
        assert not scale.judge(loss=True, grads=False, step=1)
    with pytest.raises(JobFailed, match=r"train\.not_finite"):
        scale.judge(loss=True, grads=False, step=2)


def test_a_loss_that_is_none_leaves_the_scale_and_is_forgiven_for_a_while() -> None:
    scale = LossScale(torch.float16)
    first = scale.value
    for step in range(20):
        assert not scale.judge(loss=False, grads=False, step=step)
    assert scale.value == first, "a smaller one would not help"
    with pytest.raises(JobFailed, match=r"train\.not_finite"):
        scale.judge(loss=False, grads=False, step=20)


def test_another_kind_begins_with_its_own_scale() -> None:
    half, whole = LossScale(torch.float16), LossScale(torch.float32)
    first = half.value
    half.go_on(1, 400)
    assert (half.value, half.good) == (first, 0)
    whole.go_on(65536, 3)
    assert (whole.value, whole.good) == (1, 0)


@pytest.fixture
def half_base(tiny_base_folder: Path) -> LoadedBase:
    return load_base(tiny_base_folder, dtype=torch.float16)


def test_a_step_in_half_precision_goes_where_the_exact_one_goes(
    tiny_base: LoadedBase, half_base: LoadedBase, data: TrainingSet, recipe: TrainRecipe
) -> None:
    moves: list[torch.Tensor] = []
    for base in (tiny_base, half_base):
        training = Training(base, data, recipe)
        start = training.flat.detach().clone()
        for _ in range(4):
            training.step()
        moves.append(training.flat.detach() - start)
        assert training.flat.dtype is torch.float32
    alike = torch.nn.functional.cosine_similarity(moves[0], moves[1], dim=0)
    assert float(alike) > 0.95


def test_an_overflow_skips_a_step_and_resuming_knows_the_scale(
    half_base: LoadedBase, data: TrainingSet, recipe: TrainRecipe, tmp_path: Path
) -> None:
    training = Training(half_base, data, recipe)
    training.step()
    before, scale = training.flat.detach().clone(), training.loss_scale
    moves = training.weigh(torch.full_like(before, float("inf")), 1.0)
    training.learn(1.0, moves=moves)
    assert torch.equal(training.flat, before)
    assert (training.step_number, training.loss_scale) == (2, scale / 2)
    list(training.save_state(tmp_path / "state"))
    resumed = Training(half_base, data, recipe)
    resumed.load_state(tmp_path / "state")
    assert resumed.loss_scale == scale / 2
    while not (training.done and resumed.done):
        training.step()
        resumed.step()
    assert torch.equal(training.flat, resumed.flat)
