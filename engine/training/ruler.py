"""The ruler beside a training: the loss on drawings that were kept aside, always measured alike."""

from __future__ import annotations

from typing import Final

import torch

from engine.base.loading import LoadedBase
from engine.training.dataset import EncodedDrawing
from engine.training.lesson import Rows, row_losses
from engine.unet.styled import Changes

#: So many drawings are measured on, at so many noise levels.
DRAWINGS: Final = 4
LEVELS: Final = 8


@torch.no_grad()
def measured(
    base: LoadedBase,
    drawing: EncodedDrawing,
    changes: Changes,
    *,
    number: int,
    at_once: int | None = None,
) -> float:
    """Measure what one style, `changes`, makes of kept drawing `number`.

    Noise and levels are always the same, and all levels count alike, whatever the recipe. `at_once`
    rows go through the U-Net together; None for all.
    """
    rows = _rows(base, drawing, torch.Generator().manual_seed(number))
    step = at_once or LEVELS
    pieces = [rows.some(slice(first, first + step)) for first in range(0, LEVELS, step)]
    with base.unet.using(changes):
        losses = [row_losses(base, [piece]) for piece in pieces]
    return float(torch.cat(losses).mean())


def _rows(base: LoadedBase, drawing: EncodedDrawing, generator: torch.Generator) -> Rows:
    view = drawing.views[0]
    latents = view.mean.repeat(LEVELS, 1, 1, 1)
    last = len(base.levels.sigmas) - 1
    return Rows(
        latents=latents,
        noise=torch.randn(latents.shape, generator=generator),
        timesteps=torch.linspace(0, last, 2 * LEVELS + 1)[1::2].long(),
        texts=[drawing.texts[0]] * LEVELS,
        told=view.told.repeat(LEVELS, 1),
        gamma=0.0,
    )
