"""Samplers as pure step functions over (latent, prediction of the clean latent, two sigmas).

Each step takes x and denoised of shape (B, C, H, W) and sigmas that broadcast to it, (B, 1, 1, 1)
or scalars, so rows may stand at different noise levels. Names are ComfyUI's and k-diffusion's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

#: (latent, sigma) → prediction of the clean latent
Denoise = Callable[[Tensor, Tensor], Tensor]
#: (number of the step) → unit noise shaped like the latent
StepNoise = Callable[[int], Tensor]


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """The step before, for samplers of second order."""

    denoised: Tensor
    sigma: Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One finished step: `done` of `steps`, the latent, and the clean latent it points at."""

    done: int
    steps: int
    x: Tensor
    denoised: Tensor


def euler(x: Tensor, denoised: Tensor, sigma: Tensor, following: Tensor) -> Tensor:
    """Euler's step along dx/dsigma = (x - denoised)/sigma; algorithm 2 of arXiv 2206.00364."""
    return x + (x - denoised) / sigma * (following - sigma)


def ancestral_split(sigma: Tensor, following: Tensor) -> tuple[Tensor, Tensor]:
    """Split a step into one down to `down` and fresh noise `up`: down² + up² = following².

    Song et al. 2021 (DDPM's posterior, arXiv 2010.02502 eq. 16 with eta 1);
    k-diffusion's get_ancestral_step.
    """
    variance = following**2 * (sigma**2 - following**2) / sigma**2
    up = torch.minimum(following, variance.clamp(min=0).sqrt())
    return (following**2 - up**2).clamp(min=0).sqrt(), up


def euler_ancestral(
    x: Tensor, denoised: Tensor, sigma: Tensor, following: Tensor, noise: Tensor
) -> Tensor:
    """Euler's step to the lower level, then fresh noise; k-diffusion's sample_euler_ancestral."""
    down, up = ancestral_split(sigma, following)
    return euler(x, denoised, sigma, down) + noise * up


def dpmpp_2m(
    x: Tensor, denoised: Tensor, sigma: Tensor, following: Tensor, past: Past | None
) -> Tensor:
    """DPM-Solver++(2M), data prediction (Lu et al. 2022, arXiv 2211.01095, algorithm 2).

    With t = -log sigma and h the step in t; first order at the start and at the end, as
    k-diffusion's sample_dpmpp_2m.
    """
    target = denoised
    if past is not None:
        h, h_last = sigma.log() - following.log(), past.sigma.log() - sigma.log()
        share = h / (2 * h_last)  # 1/(2r); zero at the end, where h is infinite
        second = (1 + share) * denoised - share * past.denoised
        target = torch.where(following > 0, second, denoised)
    ratio = following / sigma  # exp(-h)
    return ratio * x + (1 - ratio) * target


def _step_euler(denoise: Denoise, x: Tensor, sigmas: Tensor, _: StepNoise) -> Iterator[Step]:
    for i in range(len(sigmas) - 1):
        denoised = denoise(x, sigmas[i])
        x = euler(x, denoised, sigmas[i], sigmas[i + 1])
        yield Step(done=i + 1, steps=len(sigmas) - 1, x=x, denoised=denoised)


def _step_ancestral(
    denoise: Denoise, x: Tensor, sigmas: Tensor, noise: StepNoise
) -> Iterator[Step]:
    for i in range(len(sigmas) - 1):
        denoised = denoise(x, sigmas[i])
        last = not bool(sigmas[i + 1] > 0)  # no noise is drawn for a step to 0
        fresh = torch.zeros_like(x) if last else noise(i)
        x = euler_ancestral(x, denoised, sigmas[i], sigmas[i + 1], fresh)
        yield Step(done=i + 1, steps=len(sigmas) - 1, x=x, denoised=denoised)


def _step_dpmpp_2m(denoise: Denoise, x: Tensor, sigmas: Tensor, _: StepNoise) -> Iterator[Step]:
    past: Past | None = None
    for i in range(len(sigmas) - 1):
        denoised = denoise(x, sigmas[i])
        x = dpmpp_2m(x, denoised, sigmas[i], sigmas[i + 1], past)
        past = Past(denoised=denoised, sigma=sigmas[i])
        yield Step(done=i + 1, steps=len(sigmas) - 1, x=x, denoised=denoised)


#: By ComfyUI's names. `sample(denoise, x, sigmas, noise)`: one `next()` is one step.
SAMPLERS: Final[dict[str, Callable[[Denoise, Tensor, Tensor, StepNoise], Iterator[Step]]]] = {
    "euler": _step_euler,
    "euler_ancestral": _step_ancestral,
    "dpmpp_2m": _step_dpmpp_2m,
}
