"""Chance in a training follows from seed and step."""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections import Counter

import pytest
import torch

from engine.protocol import TrainRecipe
from engine.training.plan import checkpoint_steps, learning_rate, plan_step
from engine.training.recipes import own_recipe

RECIPE = TrainRecipe(batch=4, steps=100, learning_rate=1.0, checkpoints=5, caption_dropout=0.5)


def test_the_same_step_is_always_planned_alike() -> None:
    one, two = plan_step(RECIPE, 5, 7), plan_step(RECIPE, 5, 7)
    assert one.drawings == two.drawings
    assert torch.equal(one.timesteps, two.timesteps)
    assert torch.equal(
        torch.randn(3, generator=one.generator), torch.randn(3, generator=two.generator)
    )


def test_steps_and_seeds_differ() -> None:
    plans = [plan_step(dataclasses.replace(RECIPE, seed=s), i, 7) for s in (1, 2) for i in (0, 1)]
    assert len({tuple(plan.timesteps.tolist()) for plan in plans}) == 4
    assert len({float(torch.rand(1, generator=plan.generator)) for plan in plans}) == 4


def test_every_drawing_is_shown_once_a_round() -> None:
    shown = [number for step in range(7) for number in plan_step(RECIPE, step, 7).drawings]
    assert [sorted(shown[i : i + 7]) for i in range(0, 28, 7)] == [list(range(7))] * 4
    assert len({tuple(shown[i : i + 7]) for i in range(0, 28, 7)}) > 1


def test_timesteps_are_spread_over_the_batch_and_even_overall() -> None:
    steps = [plan_step(RECIPE, step, 7).timesteps for step in range(500)]
    assert all(sorted(t // 250 for t in one.tolist()) == [0, 1, 2, 3] for one in steps)
    mean = float(torch.cat(steps).float().mean())
    assert math.isclose(mean, 499.5, abs_tol=10)  # deviation of the mean: 250/4/sqrt(500)/... < 4


def test_captions_are_left_out_as_often_as_asked() -> None:
    dropped = Counter(
        bool(value) for step in range(300) for value in plan_step(RECIPE, step, 7).dropped
    )
    assert math.isclose(dropped[True] / 1200, 0.5, abs_tol=0.06)  # four deviations


def test_the_rate_rises_and_falls() -> None:
    rates = [learning_rate(RECIPE, step) for step in range(100)]
    assert rates[0] == 0.2
    assert rates[4] == rates[5] == 1.0
    assert all(b <= a for a, b in itertools.pairwise(rates[5:]))
    assert 0 < rates[-1] < 0.001


@pytest.mark.parametrize(
    ("steps", "count", "saved"),
    [(100, 5, [20, 40, 60, 80, 100]), (10, 3, [3, 7, 10]), (2, 5, [1, 2]), (9, 1, [9])],
)
def test_checkpoints_are_even_and_end_at_the_end(steps: int, count: int, saved: list[int]) -> None:
    recipe = dataclasses.replace(RECIPE, steps=steps, checkpoints=count)
    assert checkpoint_steps(recipe) == saved


def test_length_follows_the_number_of_drawings() -> None:
    lengths = [own_recipe("builtin", count).steps for count in (1, 12, 30, 36, 60, 500)]
    assert lengths == sorted(lengths)
    assert lengths[0] == 200
    assert lengths[-1] == 2000
    assert own_recipe("pony", 36).steps == 540
    assert own_recipe("pony", 36, seed=9).seed == 9
