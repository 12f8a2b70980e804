"""Samplers against closed forms and against diffusers' step formulas."""

# diffusers, peft and transformers export lazily and annotate loosely.
# pyright: reportAttributeAccessIssue=false, reportPrivateImportUsage=false

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from diffusers import (
    DPMSolverMultistepScheduler,
    EulerAncestralDiscreteScheduler,
    EulerDiscreteScheduler,
    HeunDiscreteScheduler,
)
from torch import Tensor

from engine.sampling.course import Course, advance
from engine.sampling.noise import start_noise
from engine.sampling.samplers import (
    SAMPLERS,
    Past,
    ancestral_split,
    dpmpp_2m,
    euler_ancestral,
)
from engine.sampling.sigmas import NoiseLevels, karras, normal

# diffusers 0.42 hands tensors to numpy 2 in a way that numpy warns of.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

Denoise = Callable[[Tensor, Tensor], Tensor]
Schedule = Callable[[NoiseLevels, int], Tensor]
LEVELS = NoiseLevels()
SHAPE = (4, 6, 6)
BETAS = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}


def curved(x: Tensor, sigma: Tensor) -> Tensor:
    """Predict a clean latent by something that is linear in nothing."""
    return torch.tanh(x / (1 + sigma)) + 0.3 * torch.cos(sigma + x.roll(1, -1))


def drawn(name: str, sigmas: Tensor, x: Tensor, denoise: Denoise = curved, seed: int = 3) -> Tensor:
    """Take one course to its end."""
    course = Course(name, sigmas, x, torch.Generator().manual_seed(seed))
    while not course.finished:
        advance([course], denoise(course.x, course.sigma))
    return course.x


def gaussian_error(name: str, steps: int) -> float:
    """Compare with the exact flow of Gaussian data of deviation 0.7: x scales as sqrt(s²+σ²)."""
    s = 0.7
    sigmas = torch.linspace(math.log(10), math.log(0.1), steps + 1, dtype=torch.float64).exp()
    x = torch.ones(1, 1, 1, 1, dtype=torch.float64)
    made = drawn(name, sigmas, x, lambda x, sigma: x * s**2 / (s**2 + sigma**2))
    exact = math.sqrt((s**2 + 0.1**2) / (s**2 + 10**2))
    return abs(float(made) - exact)


@pytest.mark.parametrize(("name", "order"), [("euler", 1), ("heun", 2), ("dpmpp_2m", 2)])
def test_the_error_falls_with_the_samplers_order(name: str, order: int) -> None:
    ratio = gaussian_error(name, 100) / gaussian_error(name, 200)
    assert math.isclose(math.log2(ratio), order, abs_tol=0.15)


@pytest.mark.parametrize("name", SAMPLERS)
@pytest.mark.parametrize("steps", [1, 5])
def test_the_last_step_ends_in_the_clean_latent(name: str, steps: int) -> None:
    x = start_noise([1], SHAPE) * 14.6
    course = Course(name, normal(LEVELS, steps), x, torch.Generator().manual_seed(1))
    while not course.finished:
        advance([course], curved(course.x, course.sigma))
    twice = name == "heun"
    assert course.done == course.steps == (2 * steps - 1 if twice else steps)
    assert course.denoised is not None
    torch.testing.assert_close(course.x, course.denoised, rtol=1e-5, atol=1e-5)


def test_courses_of_any_kind_and_level_advance_together_as_alone() -> None:
    def begin(number: int, name: str) -> Course:
        x = start_noise([number], SHAPE) * 14.6
        generator = torch.Generator().manual_seed(number)
        return Course(name, karras(LEVELS, 4 + number), x, generator)

    together = [begin(number, name) for number, name in enumerate(SAMPLERS)]
    going = list(together)
    while going:
        x = torch.cat([course.x for course in going])
        sigma = torch.cat([course.sigma for course in going])
        advance(going, curved(x, sigma))
        going = [course for course in going if not course.finished]
    for number, (name, course) in enumerate(zip(SAMPLERS, together, strict=True)):
        alone = begin(number, name)
        while not alone.finished:
            advance([alone], curved(alone.x, alone.sigma))
        torch.testing.assert_close(course.x, alone.x)


def theirs(scheduler: Any, sigmas: Tensor, x: Tensor, generator: torch.Generator | None) -> Tensor:
    """Run a diffusers scheduler on our sigmas; only its own step formula is left to it."""
    steps = len(sigmas) - 1
    scheduler.set_timesteps(steps)
    scheduler.sigmas = sigmas
    scheduler.timesteps = torch.arange(steps, 0, -1).float()
    extra = {} if generator is None else {"generator": generator}
    for i, t in enumerate(scheduler.timesteps):
        scheduler.scale_model_input(x, t)  # Euler's schedulers insist on the call
        noise = (x - curved(x, sigmas[i])) / sigmas[i]
        x = scheduler.step(noise, t, x, **extra).prev_sample
    return x


@pytest.mark.parametrize("schedule", [normal, karras])
def test_euler_equals_diffusers_step(schedule: Schedule) -> None:
    sigmas, x = schedule(LEVELS, 8), start_noise([3], SHAPE) * 14.6
    other = theirs(EulerDiscreteScheduler(**BETAS), sigmas, x, None)
    torch.testing.assert_close(drawn("euler", sigmas, x), other, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("schedule", [normal, karras])
def test_ancestral_euler_equals_diffusers_step_with_the_same_noise(schedule: Schedule) -> None:
    sigmas, x = schedule(LEVELS, 8), start_noise([3], SHAPE) * 14.6
    ours = drawn("euler_ancestral", sigmas, x, seed=3)
    generator = torch.Generator().manual_seed(3)
    other = theirs(EulerAncestralDiscreteScheduler(**BETAS), sigmas, x, generator)
    torch.testing.assert_close(ours, other, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("steps", [8, 20])
def test_dpmpp_2m_karras_equals_diffusers_scheduler(steps: int) -> None:
    sigmas, x = karras(LEVELS, steps), start_noise([3], SHAPE) * 14.6
    scheduler = DPMSolverMultistepScheduler(
        **BETAS, use_karras_sigmas=True, final_sigmas_type="zero", euler_at_final=True
    )
    scheduler.set_timesteps(steps)
    torch.testing.assert_close(scheduler.sigmas, sigmas, rtol=2e-5, atol=1e-6)
    scheduler.sigmas = sigmas
    # diffusers' latent is ours divided by sqrt(1 + sigma²)
    other = x / (1 + sigmas[0] ** 2).sqrt()
    for i, t in enumerate(scheduler.timesteps):
        here = other * (1 + sigmas[i] ** 2).sqrt()
        noise = (here - curved(here, sigmas[i])) / sigmas[i]
        other = scheduler.step(noise, t, other).prev_sample
    torch.testing.assert_close(drawn("dpmpp_2m", sigmas, x), other, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("steps", [8, 20])
def test_dpmpp_2m_sde_equals_diffusers_step_with_the_same_noise(steps: int) -> None:
    sigmas, x = karras(LEVELS, steps), start_noise([3], SHAPE) * 14.6
    scheduler = DPMSolverMultistepScheduler(
        **BETAS,
        algorithm_type="sde-dpmsolver++",
        use_karras_sigmas=True,
        final_sigmas_type="zero",
        euler_at_final=True,
    )
    scheduler.set_timesteps(steps)
    scheduler.sigmas = sigmas
    generator = torch.Generator().manual_seed(3)
    fresh = [torch.randn(x.shape, generator=generator) for _ in range(steps)]
    # diffusers' latent is ours divided by sqrt(1 + sigma²)
    other = x / (1 + sigmas[0] ** 2).sqrt()
    for i, t in enumerate(scheduler.timesteps):
        here = other * (1 + sigmas[i] ** 2).sqrt()
        noise = (here - curved(here, sigmas[i])) / sigmas[i]
        other = scheduler.step(noise, t, other, variance_noise=fresh[i]).prev_sample
    ours = drawn("dpmpp_2m_sde", sigmas, x, seed=3)
    torch.testing.assert_close(ours, other, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("schedule", [normal, karras])
def test_heun_equals_diffusers_step(schedule: Schedule) -> None:
    sigmas, x = schedule(LEVELS, 8), start_noise([3], SHAPE) * 14.6
    scheduler = HeunDiscreteScheduler(**BETAS)
    scheduler.set_timesteps(8)
    scheduler.sigmas = torch.cat([sigmas[:1], sigmas[1:-1].repeat_interleave(2), sigmas[-1:]])
    scheduler.timesteps = torch.arange(15, 0, -1).float()
    other = x
    for i, t in enumerate(scheduler.timesteps):
        scheduler.scale_model_input(other, t)
        sigma = scheduler.sigmas[i]
        noise = (other - curved(other, sigma)) / sigma
        other = scheduler.step(noise, t, other).prev_sample
    torch.testing.assert_close(drawn("heun", sigmas, x), other, rtol=1e-5, atol=1e-5)


def test_lcm_has_the_noise_of_the_level_that_it_goes_to() -> None:
    x = start_noise([3], SHAPE)
    course = Course("lcm", torch.tensor([10.0, 4.0, 0.0]), x, torch.Generator().manual_seed(3))
    advance([course], torch.ones_like(x))
    fresh = torch.randn(x.shape, generator=torch.Generator().manual_seed(3))
    torch.testing.assert_close(course.x, 1 + 4 * fresh)


def test_ancestral_split_keeps_the_variance() -> None:
    sigma, following = torch.tensor([10.0, 2.0, 1.0]), torch.tensor([5.0, 1.9, 0.0])
    down, up = ancestral_split(sigma, following)
    torch.testing.assert_close(down**2 + up**2, following**2)
    torch.testing.assert_close(up[0], torch.tensor(math.sqrt(25 * 75 / 100)))


def test_rows_may_stand_at_different_levels() -> None:
    x, denoised = start_noise([1, 2], SHAPE), start_noise([3, 4], SHAPE)
    noise = start_noise([5, 6], SHAPE)
    sigma = torch.tensor([10.0, 1.0]).reshape(2, 1, 1, 1)
    following = torch.tensor([8.0, 0.0]).reshape(2, 1, 1, 1)
    past = Past(denoised=noise, sigma=sigma * 1.2)
    together = euler_ancestral(x, denoised, sigma, following, noise)
    second = dpmpp_2m(x, denoised, sigma, following, past)
    for i in range(2):
        alone = euler_ancestral(x[i], denoised[i], sigma[i], following[i], noise[i])
        torch.testing.assert_close(together[i], alone)
        before = Past(denoised=noise[i], sigma=sigma[i] * 1.2)
        alone = dpmpp_2m(x[i], denoised[i], sigma[i], following[i], before)
        torch.testing.assert_close(second[i], alone)
    assert bool(second.isfinite().all())
