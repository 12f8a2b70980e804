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


class StepNoises:
    """The noise of ancestral steps: one generator per picture, drawn from once per step."""

    def __init__(self, seeds: Sequence[int], shape: Shape, *, device: str) -> None:
        self._generators = [_generator(seed, device) for seed in seeds]
        self._shape = shape
        self._drawn = 0

    def __call__(self, step: int) -> Tensor:
        """Draw the noise of this step, (B, C, H, W) float32; steps must be asked for in order."""
        if step != self._drawn:
            raise ValueError(f"noise of step {step} asked for, {self._drawn} is next")
        self._drawn += 1
        return torch.cat([_draw(generator, self._shape) for generator in self._generators])


def _generator(seed: int, device: str) -> torch.Generator:
    return torch.Generator(device).manual_seed(seed)


def _draw(generator: torch.Generator, shape: Shape) -> Tensor:
    device = generator.device
    return torch.randn((1, *shape), generator=generator, device=device, dtype=torch.float32)
