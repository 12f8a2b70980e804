"""Trainings that are alike make their steps in one pass, as each would alone."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from engine.base.loading import LoadedBase
from engine.errors import JobFailed
from engine.memory.plan import Plan
from engine.protocol import TrainRecipe
from engine.training.bench import TrainingBench
from engine.training.dataset import TrainingSet
from engine.training.loop import Training, clip_norm


def trainings(
    base: LoadedBase, data: TrainingSet, recipe: TrainRecipe, seeds: tuple[int, ...]
) -> list[Training]:
    return [Training(base, data, dataclasses.replace(recipe, seed=seed)) for seed in seeds]


def test_three_users_in_one_pass_learn_what_each_would_alone(
    tiny_base: LoadedBase, data: TrainingSet, recipe: TrainRecipe
) -> None:
    together = trainings(tiny_base, data, recipe, (7, 8, 9))
    apart = trainings(tiny_base, data, recipe, (7, 8, 9))
    together[1].step()  # one is a step ahead
    apart[1].step()
    bench = TrainingBench(tiny_base)
    for _ in range(5):
        chosen = bench.choose([[training] for training in together])
        assert chosen == together
        bench.do(chosen)
        for training in apart:
            training.step()
    for one, other in zip(together, apart, strict=True):
        assert one.step_number == other.step_number
        assert one.last_loss == pytest.approx(other.last_loss, rel=1e-5)
        ours, theirs = one.flat.detach(), other.flat.detach()
        difference = (ours - theirs).norm() / theirs.norm()
        assert float(difference) < 1e-4


def test_who_is_not_alike_goes_alone(
    tiny_base: LoadedBase, data: TrainingSet, recipe: TrainRecipe
) -> None:
    [first, like] = trainings(tiny_base, data, recipe, (1, 2))
    other = Training(tiny_base, data, dataclasses.replace(recipe, rank=3))
    bench = TrainingBench(tiny_base)
    assert bench.choose([[first], [other], [like]]) == [first, like]
    assert bench.choose([[other], [first], [like]]) == [other]
    assert TrainingBench(tiny_base, most_rows=recipe.batch).choose([[first], [like]]) == [first]


def test_those_that_a_plan_has_room_for_go_together(
    tiny_base: LoadedBase, data: TrainingSet, recipe: TrainRecipe
) -> None:
    four = dataclasses.replace(recipe, batch=4)
    [first, second, third] = trainings(tiny_base, data, four, (1, 2, 3))
    roomy = dataclasses.replace(tiny_base, plan=Plan(train_rows=8))
    waiting = [[first], [second], [third]]
    assert TrainingBench(roomy).choose(waiting) == [first, second]


def test_who_goes_astray_is_named_and_nobody_has_moved(
    tiny_base: LoadedBase, data: TrainingSet, recipe: TrainRecipe
) -> None:
    [good, astray] = trainings(tiny_base, data, recipe, (1, 2))
    with torch.no_grad():
        astray.flat.fill_(float("nan"))
    with pytest.raises(JobFailed, match=r"train\.not_finite"):
        TrainingBench(tiny_base).do([good, astray])
    assert (good.step_number, astray.step_number) == (0, 0), "each is tried alone now"
    TrainingBench(tiny_base).do([good])
    assert good.step_number == 1
    assert bool(good.flat.isfinite().all())


def test_a_long_gradient_is_shortened_exactly() -> None:
    grad = torch.full((1_000_000,), 0.01)
    assert float(clip_norm(grad, 1.0)) == pytest.approx(10.0, rel=1e-6)
    assert float(grad.double().norm()) == pytest.approx(1.0, rel=1e-5)
    short = torch.tensor([0.3, 0.4])
    clip_norm(short, 1.0)
    assert short.tolist() == pytest.approx([0.3, 0.4])
