"""What one step of a training sees, and the loss on it."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.base.encoding import EncodedText, stacked
from engine.base.loading import LoadedBase
from engine.sampling.conditioning import Conditioning, size_rows
from engine.training.step import min_snr_weights, noised, row_errors


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lesson:
    """Noisy latents with their texts, a row each."""

    #: (B, C, h, w) both
    latents: Tensor
    noise: Tensor
    #: (B,) int64
    timesteps: Tensor
    texts: Sequence[EncodedText]
    #: pixels, (width, height)
    size: tuple[int, int]
    #: of the min-SNR weights
    gamma: float

    def some(self, rows: slice) -> Lesson:
        """Take some of the rows."""
        return dataclasses.replace(
            self,
            latents=self.latents[rows],
            noise=self.noise[rows],
            timesteps=self.timesteps[rows],
            texts=self.texts[rows],
        )


def row_losses(base: LoadedBase, lessons: Sequence[Lesson]) -> Tensor:
    """Return the loss of every row of lessons of one size, one after the other.

    The styles are those in use, one for each lesson, or one for all.
    """
    noise = torch.cat([lesson.noise for lesson in lessons])
    timesteps = torch.cat([lesson.timesteps for lesson in lessons])
    latents = torch.cat([lesson.latents for lesson in lessons])
    text, pooled = stacked([text for lesson in lessons for text in lesson.texts])
    size = size_rows(len(latents), lessons[0].size, base.device)
    told = Conditioning(text=text, pooled=pooled, size=size)
    mixed = noised(base.levels, latents, noise, timesteps)
    predicted = base.unet.forward(mixed, timesteps, told)
    target = base.prediction.target(base.levels, latents, noise, timesteps)
    weigh = functools.partial(min_snr_weights, base.levels, prediction=base.prediction)
    weights = [weigh(one.timesteps, one.gamma) for one in lessons]
    return row_errors(predicted, target) * torch.cat(weights)
