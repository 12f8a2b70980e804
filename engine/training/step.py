"""The loss of one batch."""

from __future__ import annotations

import torch
from torch import Tensor

from engine.sampling.prediction import Prediction
from engine.sampling.sigmas import NoiseLevels


def noised(levels: NoiseLevels, latents: Tensor, noise: Tensor, timesteps: Tensor) -> Tensor:
    """Mix latents with noise as training step t does: sqrt(a)·x + sqrt(1-a)·e (DDPM eq. 4)."""
    alpha = levels.alphas_cumprod.to(latents.device)[timesteps].float().reshape(-1, 1, 1, 1)
    return alpha.sqrt() * latents + (1 - alpha).sqrt() * noise


def min_snr_weights(
    levels: NoiseLevels,
    timesteps: Tensor,
    gamma: float,
    *,
    prediction: Prediction = Prediction.EPSILON,
) -> Tensor:
    """Weight noise by min(SNR, gamma)/SNR, velocity by min(SNR, gamma)/(SNR + 1).

    Hang et al. 2023, arXiv 2303.09556. SNR = a/(1-a); gamma 0 switches the weighting off.
    """
    alpha = levels.alphas_cumprod.to(timesteps.device)[timesteps]
    snr = alpha / (1 - alpha)
    whole = snr + 1 if prediction is Prediction.VELOCITY else snr
    weights = snr.clamp(max=gamma) / whole if gamma > 0 else torch.ones_like(snr)
    return weights.float()


def row_errors(predicted: Tensor, target: Tensor) -> Tensor:
    """Mean squared error per row, (B,)."""
    return (predicted.float() - target.float()).square().mean(dim=(1, 2, 3))
