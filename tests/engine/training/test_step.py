"""The loss against closed forms."""

from __future__ import annotations

import torch

from engine.sampling.sigmas import NoiseLevels
from engine.training.step import min_snr_weights, noised, row_errors

LEVELS = NoiseLevels()


def test_noising_is_the_samplers_picture_in_other_units() -> None:
    x, noise = torch.randn(3, 4, 2, 2), torch.randn(3, 4, 2, 2)
    t = torch.tensor([0, 500, 999])
    sigma = LEVELS.sigmas[t].reshape(-1, 1, 1, 1)
    samplers = (x + sigma * noise) / (1 + sigma**2).sqrt()
    torch.testing.assert_close(noised(LEVELS, x, noise, t), samplers, rtol=1e-5, atol=1e-5)


def test_min_snr_damps_only_the_clean_end() -> None:
    t = torch.arange(1000)
    snr = 1 / LEVELS.sigmas.double() ** 2
    expected = torch.where(snr > 5, 5 / snr, 1.0).float()
    torch.testing.assert_close(min_snr_weights(LEVELS, t, 5.0), expected, rtol=1e-4, atol=0)


def test_gamma_zero_switches_the_weighting_off() -> None:
    assert torch.equal(min_snr_weights(LEVELS, torch.arange(1000), 0.0), torch.ones(1000))


def test_every_row_has_its_own_loss() -> None:
    noise = torch.zeros(2, 1, 2, 2)
    predicted = torch.stack([torch.full((1, 2, 2), 1.0), torch.full((1, 2, 2), 3.0)])
    assert row_errors(predicted, noise).tolist() == [1.0, 9.0]
