"""From the U-Net's noise prediction to the clean latent, with classifier-free guidance.

Guidance: Ho & Salimans 2022, arXiv 2207.12598. A row whose guidance is 1 needs no second
prediction, so it costs one row; every other row costs two.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.sampling.sigmas import NoiseLevels


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditioning:
    """What the U-Net is told per row."""

    #: (B, tokens, width), both text encoders side by side
    text: Tensor
    #: (B, width), pooled output of the second text encoder
    pooled: Tensor
    #: (B, 6): original height and width, crop top and left, target height and width
    size: Tensor

    def rows(self, chosen: Tensor) -> Conditioning:
        """Keep the rows of a bool mask (B,)."""
        kept = (self.text[chosen], self.pooled[chosen], self.size[chosen])
        return Conditioning(text=kept[0], pooled=kept[1], size=kept[2])

    def joined(self, other: Conditioning) -> Conditioning:
        """Put another's rows below these; token counts must agree."""
        return Conditioning(
            text=torch.cat([self.text, other.text]),
            pooled=torch.cat([self.pooled, other.pooled]),
            size=torch.cat([self.size, other.size]),
        )


#: (scaled latent, timestep (B,), conditioning) → predicted noise
PredictNoise = Callable[[Tensor, Tensor, Conditioning], Tensor]


class Guided:
    """Predicts clean latents for samplers."""

    def __init__(
        self,
        predict: PredictNoise,
        *,
        levels: NoiseLevels,
        positive: Conditioning,
        negative: Conditioning,
        guidance: Tensor,
    ) -> None:
        self._predict = predict
        self._levels = levels
        #: (B,): rows that need the negative as well
        self._doubled = guidance != 1
        self._conditioning = positive.joined(negative.rows(self._doubled))
        self._scale = guidance[self._doubled].reshape(-1, 1, 1, 1)

    def __call__(self, x: Tensor, sigma: Tensor) -> Tensor:
        """Predict the clean latent of x (B, C, H, W); sigma is a scalar or (B, 1, 1, 1)."""
        sigmas = sigma.expand(len(x), 1, 1, 1) if sigma.ndim else sigma.repeat(len(x), 1, 1, 1)
        scaled = x / (sigmas**2 + 1).sqrt()
        steps = self._levels.timestep(sigmas.flatten())
        inputs = torch.cat([scaled, scaled[self._doubled]])
        timesteps = torch.cat([steps, steps[self._doubled]])
        noise = self._predict(inputs, timesteps, self._conditioning)
        return x - sigmas * self._combined(noise, len(x))

    def _combined(self, noise: Tensor, rows: int) -> Tensor:
        wanted = noise[:rows].clone()
        unwanted = noise[rows:]
        wanted[self._doubled] = unwanted + self._scale * (wanted[self._doubled] - unwanted)
        return wanted
