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
from engine.training.recipe import Schedule, Timesteps
from engine.training.recipes import OWN, PRESETS, recipe_for

#: seven drawings of one size
SAME = [(128, 128)] * 7
RECIPE = TrainRecipe(batch=4, steps=100, learning_rate=1.0, checkpoints=5, caption_dropout=0.5)


def test_the_same_step_is_always_planned_alike() -> None:
    one, two = plan_step(RECIPE, 5, SAME), plan_step(RECIPE, 5, SAME)
    assert one.drawings == two.drawings
    assert torch.equal(one.timesteps, two.timesteps)
    assert torch.equal(
        torch.randn(3, generator=one.generator), torch.randn(3, generator=two.generator)
    )


def test_steps_and_seeds_differ() -> None:
    plans = [
        plan_step(dataclasses.replace(RECIPE, seed=s), i, SAME) for s in (1, 2) for i in (0, 1)
    ]
    assert len({tuple(plan.timesteps.tolist()) for plan in plans}) == 4
    assert len({float(torch.rand(1, generator=plan.generator)) for plan in plans}) == 4


def test_every_drawing_is_shown_once_a_round() -> None:
    shown = [number for step in range(7) for number in plan_step(RECIPE, step, SAME).drawings]
    assert [sorted(shown[i : i + 7]) for i in range(0, 28, 7)] == [list(range(7))] * 4
    assert len({tuple(shown[i : i + 7]) for i in range(0, 28, 7)}) > 1


def test_timesteps_are_spread_over_the_batch_and_even_overall() -> None:
    steps = [plan_step(RECIPE, step, SAME).timesteps for step in range(500)]
    assert all(sorted(t // 250 for t in one.tolist()) == [0, 1, 2, 3] for one in steps)
    mean = float(torch.cat(steps).float().mean())
    assert math.isclose(mean, 499.5, abs_tol=10)  # deviation of the mean: 250/4/sqrt(500)/... < 4


def test_captions_are_left_out_as_often_as_asked() -> None:
    dropped = Counter(
        bool(value) for step in range(300) for value in plan_step(RECIPE, step, SAME).dropped
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
    lengths = [recipe_for(OWN, "builtin", count).steps for count in (1, 12, 30, 36, 60, 500)]
    assert lengths == sorted(lengths)
    assert lengths[0] == 200
    assert lengths[-1] == 2000
    assert recipe_for(OWN, "pony", 36).steps == 540
    assert recipe_for(OWN, "pony", 36, seed=9).seed == 9


#: eight drawings of three sizes
MIXED = [(64, 64)] * 3 + [(96, 48)] * 4 + [(48, 96)]


def test_mixed_sizes_come_together_and_each_drawing_once_a_round() -> None:
    shown = [number for step in range(20) for number in plan_step(RECIPE, step, MIXED).drawings]
    rounds = [shown[i : i + 8] for i in range(0, 80, 8)]
    for one in rounds:
        assert sorted(one) == list(range(8))
        sizes = [MIXED[number] for number in one]
        assert len([1 for a, b in itertools.pairwise(sizes) if a != b]) == 2
    assert len({MIXED[one[0]] for one in rounds}) == 3, "the sizes take turns"
    assert len({tuple(one) for one in rounds}) == 10


def test_low_noise_comes_oftener_when_asked() -> None:
    biased = dataclasses.replace(RECIPE, low_noise=1.0)
    steps = torch.cat([plan_step(biased, step, SAME).timesteps for step in range(500)])
    assert float(steps.float().mean()) == pytest.approx(999 / 3, rel=0.02), "the mean of u²"


def test_independent_timesteps_are_even_as_well_but_not_spread() -> None:
    lone = dataclasses.replace(RECIPE, timesteps=Timesteps.INDEPENDENT)
    steps = [plan_step(lone, step, SAME).timesteps for step in range(500)]
    assert float(torch.cat(steps).float().mean()) == pytest.approx(499.5, abs=26)  # 4 deviations
    quarters = [sorted(t // 250 for t in one.tolist()) for one in steps]
    spread = sum(one == [0, 1, 2, 3] for one in quarters) / 500
    assert spread == pytest.approx(math.factorial(4) / 4**4, abs=0.06)


def test_a_cosine_with_restarts_starts_thrice_at_the_full_rate() -> None:
    recipe = dataclasses.replace(RECIPE, cycles=3, steps=105)
    rates = [learning_rate(recipe, step) for step in range(105)]
    tops = [step for step in range(5, 105) if rates[step] > rates[step - 1]]
    assert tops == [39, 72]
    assert all(rates[top] > 0.99 for top in tops)
    # transformers' cosine_with_hard_restarts: 0.5 · (1 + cos(π · (cycles · progress mod 1)))
    assert rates[30] == pytest.approx(0.5 * (1 + math.cos(math.pi * (3 * 25 / 100 % 1))))


def test_a_constant_rate_stays() -> None:
    recipe = dataclasses.replace(RECIPE, schedule=Schedule.CONSTANT, warmup=0.1)
    assert {learning_rate(recipe, step) for step in range(10, 100)} == {1.0}
    assert learning_rate(recipe, 4) == 0.5


def test_the_notebooks_recipe_has_its_numbers() -> None:
    recipe = recipe_for("notebook", "pony", 36)
    assert (recipe.rank, recipe.alpha, recipe.learning_rate, recipe.batch) == (8, 4.0, 3e-4, 4)
    assert (recipe.cycles, recipe.min_snr_gamma, recipe.seed) == (3, 8.0, 42)
    assert (recipe.multires_iterations, recipe.multires_discount) == (6, 0.3)
    assert (recipe.steps, recipe.checkpoints) == (180, 10), "18 steps in each of ten epochs"
    assert recipe_for("notebook", "pony", 37).steps == 190, "a batch that is not full is one, too"


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("family", ["builtin", "pony", "sdxl"])
@pytest.mark.parametrize("drawings", [1, 5, 36, 1000])
def test_every_recipe_can_be_trained(name: str, family: str, drawings: int) -> None:
    recipe = recipe_for(name, family, drawings)
    assert recipe.name == name
    assert 1 <= recipe.checkpoints <= recipe.steps
    assert recipe.batch <= max(1, drawings)
    assert not (recipe.noise_offset and recipe.multires_iterations)
