"""Noise from a picture's own seed, so that a picture never depends on what shares its batch.

The start noise comes from a CPU generator, the steps' noise from a fresh generator on the
sampling device, as in ComfyUI.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

Shape = tuple[int, int, int]


def start_noise(seeds: Sequence[int], shape: Shape) -> Tensor:
    """Draw unit noise for every seed; (B, C, H, W) float32 on the CPU."""
    return torch.cat([_draw(_generator(seed, "cpu"), shape) for seed in seeds])


def step_seed(seed: int, *, rules: int, device: str) -> int:
    """Seed the steps' noise by a recipe's rules number.

    By rules 1 the first step repeats the start noise on a CPU, which adds to it instead of
    renewing it and makes pictures harsher; from 2 on a CPU takes the next seed.
    """
    return (seed + (rules > 1 and device == "cpu")) % 2**64


def _generator(seed: int, device: str) -> torch.Generator:
    return torch.Generator(device).manual_seed(seed)


def _draw(generator: torch.Generator, shape: Shape) -> Tensor:
    device = generator.device
    return torch.randn((1, *shape), generator=generator, device=device, dtype=torch.float32)
