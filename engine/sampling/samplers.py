"""Samplers as pure step functions over (latent, prediction of the clean latent, two sigmas).

Each step takes x and denoised of shape (B, C, H, W) and sigmas that broadcast to it, (B, 1, 1, 1)
or scalars, so rows may stand at different noise levels. Names are ComfyUI's and k-diffusion's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """The step before, for samplers of second order; at the start its sigma is infinite."""

    denoised: Tensor
    sigma: Tensor


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


def heun(x: Tensor, denoised: Tensor, sigma: Tensor, following: Tensor, past: Past) -> Tensor:
    """Heun's method without churn; algorithm 2 of arXiv 2206.00364, k-diffusion's sample_heun.

    A step is Euler's to the next level and, standing there, half of the way from the slope before
    to the slope there. Euler's step keeps (x - denoised)/sigma, so the slope before is known.
    """
    corrected = x + (past.denoised - denoised) * (sigma - past.sigma) / (2 * sigma)
    return torch.where(following == sigma, corrected, euler(x, denoised, sigma, following))


def lcm(denoised: Tensor, following: Tensor, noise: Tensor) -> Tensor:
    """Noise the clean latent anew; multistep consistency sampling, arXiv 2303.01469, algorithm 1.

    As ComfyUI's sample_lcm; for bases and LoRAs that were distilled for it.
    """
    return denoised + noise * following


def dpmpp_2m(x: Tensor, denoised: Tensor, sigma: Tensor, following: Tensor, past: Past) -> Tensor:
    """DPM-Solver++(2M), data prediction (Lu et al. 2022, arXiv 2211.01095, algorithm 2).

    With t = -log sigma and h the step in t; first order at the start and at the end, as
    k-diffusion's sample_dpmpp_2m.
    """
    h, h_last = sigma.log() - following.log(), past.sigma.log() - sigma.log()
    share = h / (2 * h_last)  # 1/(2r); zero at the start, where h_last is infinite
    second = (1 + share) * denoised - share * past.denoised
    target = torch.where(following > 0, second, denoised)
    ratio = following / sigma  # exp(-h)
    return ratio * x + (1 - ratio) * target


def dpmpp_2m_sde(
    x: Tensor, denoised: Tensor, sigma: Tensor, following: Tensor, noise: Tensor, past: Past
) -> Tensor:
    """SDE-DPM-Solver++(2M) with eta 1, midpoint (Lu et al. 2022, arXiv 2211.01095, section 6).

    First order at the start; the step to 0 is the clean latent, as in k-diffusion's
    sample_dpmpp_2m_sde. Its Brownian tree is not: the noise of every step is fresh.
    """
    h = sigma.log() - following.log()
    keep, gain = following / sigma * (-h).exp(), -(-2 * h).expm1()
    h_last = past.sigma.log() - sigma.log()
    second = 0.5 * gain * (h / h_last) * (denoised - past.denoised)
    moved = keep * x + gain * denoised + second + noise * following * gain.sqrt()
    return torch.where(following > 0, moved, denoised)


@dataclass(frozen=True, slots=True)
class Sampler:
    """A step in the form that all share; `noisy` ones need fresh noise, others never look at it."""

    step: Callable[[Tensor, Tensor, Tensor, Tensor, Tensor, Past], Tensor]
    noisy: bool = False
    #: whether every level but the first and the last is stood at twice: to arrive, and to correct
    corrects: bool = False

    def levels(self, sigmas: Tensor) -> Tensor:
        """List a picture's noise levels, one for each prediction, and the last one."""
        if not self.corrects:
            return sigmas
        return torch.cat([sigmas[:1], sigmas[1:-1].repeat_interleave(2), sigmas[-1:]])


def _euler(x: Tensor, denoised: Tensor, sigma: Tensor, following: Tensor, *_: object) -> Tensor:
    return euler(x, denoised, sigma, following)


def _ancestral(
    x: Tensor, denoised: Tensor, sigma: Tensor, following: Tensor, noise: Tensor, _: Past
) -> Tensor:
    return euler_ancestral(x, denoised, sigma, following, noise)


def _heun(
    x: Tensor, denoised: Tensor, sigma: Tensor, following: Tensor, _: Tensor, past: Past
) -> Tensor:
    return heun(x, denoised, sigma, following, past)


def _lcm(
    _x: Tensor, denoised: Tensor, _sigma: Tensor, following: Tensor, noise: Tensor, _: Past
) -> Tensor:
    return lcm(denoised, following, noise)


def _2m(
    x: Tensor, denoised: Tensor, sigma: Tensor, following: Tensor, _: Tensor, past: Past
) -> Tensor:
    return dpmpp_2m(x, denoised, sigma, following, past)


#: By ComfyUI's names.
SAMPLERS: Final = {
    "euler": Sampler(_euler),
    "euler_ancestral": Sampler(_ancestral, noisy=True),
    "heun": Sampler(_heun, corrects=True),
    "dpmpp_2m": Sampler(_2m),
    "dpmpp_2m_sde": Sampler(dpmpp_2m_sde, noisy=True),
    # DDIM without fresh noise is Euler's step (arXiv 2010.02502, section 4.3).
    "ddim": Sampler(_euler),
    "lcm": Sampler(_lcm, noisy=True),
}
