"""What a U-Net predicts: the noise, or the velocity between noise and picture.

Velocity: Salimans & Ho 2022, arXiv 2202.00512, section 4. Both in k-diffusion's units, where a
noisy latent is x = clean + sigma · noise and the U-Net reads x / sqrt(sigma² + 1).
"""

from __future__ import annotations

from enum import StrEnum

from torch import Tensor

from engine.sampling.sigmas import NoiseLevels


class Prediction(StrEnum):
    """By diffusers' names."""

    EPSILON = "epsilon"
    VELOCITY = "v_prediction"

    def denoised(self, out: Tensor, x: Tensor, sigma: Tensor) -> Tensor:
        """Turn the U-Net's output into the clean latent."""
        if self is Prediction.EPSILON:
            return x - sigma * out
        variance = sigma**2 + 1
        return x / variance - out * sigma / variance.sqrt()

    def target(
        self, levels: NoiseLevels, latents: Tensor, noise: Tensor, timesteps: Tensor
    ) -> Tensor:
        """Return what the U-Net should say of `latents` at these training steps, (B, C, h, w)."""
        if self is Prediction.EPSILON:
            return noise
        alpha = levels.alphas_cumprod.to(latents.device)[timesteps].float().reshape(-1, 1, 1, 1)
        return alpha.sqrt() * noise - (1 - alpha).sqrt() * latents
