"""Noise levels and ComfyUI's lists of them."""

# diffusers, peft and transformers export lazily and annotate loosely.
# pyright: reportPrivateImportUsage=false

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from engine.sampling.sigmas import (
    NoiseLevels,
    ddim_uniform,
    exponential,
    karras,
    normal,
    sgm_uniform,
    simple,
    start_scale,
)

# diffusers 0.42 hands tensors to numpy 2 in a way that numpy warns of.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

Schedule = Callable[[NoiseLevels, int], Tensor]
LEVELS = NoiseLevels()


def test_levels_are_stable_diffusions() -> None:
    # The figures that ComfyUI and k-diffusion name for SD's schedule.
    assert math.isclose(LEVELS.highest, 14.6146, abs_tol=1e-4)
    assert math.isclose(LEVELS.lowest, 0.0292, abs_tol=1e-4)


def test_levels_equal_diffusers_own() -> None:
    from diffusers import EulerDiscreteScheduler

    scheduler = EulerDiscreteScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear"
    )
    theirs = ((1 - scheduler.alphas_cumprod) / scheduler.alphas_cumprod) ** 0.5
    torch.testing.assert_close(LEVELS.sigmas, theirs, rtol=2e-5, atol=0)


def test_a_level_rounds_to_its_own_step() -> None:
    steps = torch.tensor([0, 1, 499, 998, 999])
    assert torch.equal(LEVELS.timestep(LEVELS.sigmas[steps]), steps)
    assert LEVELS.timestep(torch.ones(3, 1, 1)).shape == (3, 1, 1)


def test_rounding_is_nearest_in_log_sigma() -> None:
    low, high = LEVELS.sigmas[500], LEVELS.sigmas[501]
    middle = (low * high).sqrt()
    assert LEVELS.timestep(middle * 0.9999) == 500
    assert LEVELS.timestep(middle * 1.0001) == 501


def test_levels_beyond_the_ends_round_to_the_ends() -> None:
    assert LEVELS.timestep(torch.tensor(100.0)) == 999
    assert LEVELS.timestep(torch.tensor(1e-4)) == 0


@pytest.mark.parametrize("steps", [2, 8, 25])
@pytest.mark.parametrize("schedule", [normal, karras, exponential])
def test_lists_fall_from_the_highest_to_zero(schedule: Schedule, steps: int) -> None:
    sigmas = schedule(LEVELS, steps)
    assert sigmas.shape == (steps + 1,)
    assert sigmas.dtype == torch.float32
    assert bool((sigmas.diff() < 0).all())
    assert math.isclose(sigmas[0], LEVELS.highest, rel_tol=1e-5)
    assert math.isclose(sigmas[-2], LEVELS.lowest, rel_tol=1e-5)
    assert sigmas[-1] == 0


def test_one_step_starts_at_the_highest() -> None:
    assert math.isclose(normal(LEVELS, 1)[0], LEVELS.highest, rel_tol=1e-5)
    assert math.isclose(karras(LEVELS, 1)[0], LEVELS.highest, rel_tol=1e-5)


def test_normal_is_even_in_training_steps() -> None:
    sigmas = normal(LEVELS, 5)  # steps 999, 749.25, 499.5, 249.75, 0
    share = math.log(LEVELS.sigmas[749]) * 0.75 + math.log(LEVELS.sigmas[750]) * 0.25
    assert math.isclose(sigmas[1], math.exp(share), rel_tol=1e-5)
    assert math.isclose(sigmas[2], math.sqrt(LEVELS.sigmas[499] * LEVELS.sigmas[500]), rel_tol=1e-5)


def test_karras_equals_diffusers_conversion() -> None:
    from diffusers import EulerDiscreteScheduler

    scheduler = EulerDiscreteScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        timestep_spacing="linspace",
        use_karras_sigmas=True,
    )
    scheduler.set_timesteps(10)
    torch.testing.assert_close(karras(LEVELS, 10), scheduler.sigmas, rtol=2e-5, atol=1e-7)


def test_exponential_equals_diffusers_conversion() -> None:
    from diffusers import EulerDiscreteScheduler

    scheduler = EulerDiscreteScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        timestep_spacing="linspace",
        use_exponential_sigmas=True,
    )
    scheduler.set_timesteps(10)
    torch.testing.assert_close(exponential(LEVELS, 10), scheduler.sigmas, rtol=2e-5, atol=1e-7)


def test_sgm_uniform_leaves_out_the_first_training_step() -> None:
    sigmas = sgm_uniform(LEVELS, 3)  # steps 999, 666, 333, then 0
    assert sigmas.shape == (4,)
    torch.testing.assert_close(sigmas[1:3], LEVELS.sigmas[[666, 333]], rtol=1e-5, atol=0)
    assert sigmas[3] == 0


def test_the_start_keeps_a_little_picture_only_at_full_noise() -> None:
    sigma = float(normal(LEVELS, 20)[0])
    assert math.isclose(start_scale(LEVELS, sigma), math.sqrt(1 + sigma**2))
    assert start_scale(LEVELS, 5.0) == 5.0


def test_simple_takes_whole_training_steps_from_the_noisiest() -> None:
    taken = LEVELS.timestep(simple(LEVELS, 8)[:-1]).tolist()
    assert taken == [999, 874, 749, 624, 499, 374, 249, 124]


@pytest.mark.parametrize(("steps", "made"), [(8, 8), (20, 20), (30, 31)])
def test_ddim_uniform_begins_below_the_noisiest(steps: int, made: int) -> None:
    taken = LEVELS.timestep(ddim_uniform(LEVELS, steps)[:-1]).tolist()
    stride = 1000 // steps
    assert taken == [1 + stride * n for n in range(made)][::-1]
