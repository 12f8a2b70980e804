"""The noise of a training: plain, or with large soft patches in it."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from engine.training.recipe import TrainRecipe


def training_noise(
    shape: tuple[int, int, int, int], recipe: TrainRecipe, generator: torch.Generator
) -> Tensor:
    """Draw noise of (B, C, h, w) float32 on the CPU as the recipe wants it.

    A noise offset adds one random shade per channel and row, which teaches brightness that plain
    noise hides (Guttenberg 2023, "Diffusion with Offset Noise").
    """
    noise = torch.randn(shape, generator=generator)
    if recipe.noise_offset:
        shade = torch.randn(*shape[:2], 1, 1, generator=generator)
        noise = noise + recipe.noise_offset * shade
    if recipe.multires_iterations:
        noise = _multires(noise, recipe, generator)
    return noise


def _multires(noise: Tensor, recipe: TrainRecipe, generator: torch.Generator) -> Tensor:
    """Add coarser and coarser noise, then bring the whole back to a deviation of 1.

    Level i is smaller by r^i for a random r in [2, 4) of its own, drawn at that size and stretched,
    and weighs discount^i; it ends where a side is a single value. As sd-scripts does it.
    """
    rows, channels, height, width = noise.shape
    for level in range(recipe.multires_iterations):
        shrink = (2 + 2 * float(torch.rand(1, generator=generator))) ** level
        small = max(1, int(height / shrink)), max(1, int(width / shrink))
        coarse = torch.randn(rows, channels, *small, generator=generator)
        patches = functional.interpolate(coarse, (height, width), mode="bilinear")
        noise = noise + recipe.multires_discount**level * patches
        if 1 in small:
            break
    return noise / noise.std()
