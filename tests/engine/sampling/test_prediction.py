"""Noise and velocity say the same of a picture, in the closed form and in diffusers."""

# diffusers, peft and transformers export lazily and annotate loosely.
# pyright: reportPrivateImportUsage=false, reportArgumentType=false, reportAttributeAccessIssue=false

from __future__ import annotations

import pytest
import torch
from diffusers import EulerDiscreteScheduler

from engine.sampling.prediction import Prediction
from engine.sampling.samplers import euler
from engine.sampling.sigmas import NoiseLevels, normal
from engine.training.step import min_snr_weights, noised

# diffusers 0.42 hands tensors to numpy 2 in a way that numpy warns of.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

STEPS = torch.tensor([0, 300, 700, 998])


@pytest.mark.parametrize("to_pure_noise", [False, True])
@pytest.mark.parametrize("prediction", Prediction)
def test_who_predicts_perfectly_finds_the_picture(
    prediction: Prediction, to_pure_noise: bool
) -> None:
    levels = NoiseLevels(zero_terminal_snr=to_pure_noise)
    x, noise = torch.randn(2, 4, 4, 3, 3).double()
    sigma = levels.sigmas[STEPS].double().reshape(-1, 1, 1, 1)
    out = prediction.target(levels, x, noise, STEPS)
    found = prediction.denoised(out, x + sigma * noise, sigma)
    torch.testing.assert_close(found, x, rtol=1e-4, atol=1e-4)


def test_a_step_of_velocity_is_diffusers_own() -> None:
    levels = NoiseLevels()
    scheduler = EulerDiscreteScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        prediction_type="v_prediction",
    )
    scheduler.set_timesteps(8)
    scheduler.sigmas = normal(levels, 8)
    x, out = torch.randn(2, 1, 4, 3, 3) * torch.tensor([14.0, 1.0]).reshape(2, 1, 1, 1, 1)
    for step in range(2):
        theirs = scheduler.step(out, scheduler.timesteps[step], x).prev_sample
        sigma, following = scheduler.sigmas[step : step + 2]
        ours = euler(x, Prediction.VELOCITY.denoised(out, x, sigma), sigma, following)
        torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-5)
        x = theirs


def test_pure_noise_levels_are_diffusers_own_but_for_the_last() -> None:
    theirs = EulerDiscreteScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        rescale_betas_zero_snr=True,
    ).alphas_cumprod
    ours = NoiseLevels(zero_terminal_snr=True)
    torch.testing.assert_close(ours.alphas_cumprod[:-1].float(), theirs[:-1], rtol=1e-3, atol=1e-7)
    assert ours.highest == pytest.approx(4518.76, abs=0.5)  # what ComfyUI names
    assert float(noised(ours, torch.ones(1), torch.zeros(1), torch.tensor([999]))) < 1e-3


def test_velocity_is_weighted_as_its_noise_would_be() -> None:
    levels, t = NoiseLevels(), torch.arange(1000)
    alpha = levels.alphas_cumprod
    # An error e of the velocity is one of e · sqrt(a) of the noise, since noise = v·sqrt(a) + ….
    noise = min_snr_weights(levels, t, 5.0)
    velocity = min_snr_weights(levels, t, 5.0, prediction=Prediction.VELOCITY)
    torch.testing.assert_close(velocity, (noise * alpha).float(), rtol=1e-4, atol=1e-7)
