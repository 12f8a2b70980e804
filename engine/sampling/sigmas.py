"""Noise levels: the training steps' own, and ComfyUI's lists of them for drawing.

`sigma` is the standard deviation of the noise on a clean latent of unit scale (Karras et al. 2022,
"Elucidating the design space of diffusion-based generative models", arXiv 2206.00364).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

import torch
from torch import Tensor

#: Stable Diffusion's noise schedule, `scaled_linear`.
BETA_START: Final = 0.00085
BETA_END: Final = 0.012
TRAINING_STEPS: Final = 1000
_LEAST_ALPHA: Final = 4.8973451890853435e-08


class NoiseLevels:
    """The sigmas of all training steps, and the way between the two."""

    def __init__(
        self,
        *,
        beta_start: float = BETA_START,
        beta_end: float = BETA_END,
        steps: int = TRAINING_STEPS,
        zero_terminal_snr: bool = False,
    ) -> None:
        root = torch.linspace(beta_start**0.5, beta_end**0.5, steps, dtype=torch.float64)
        alphas = torch.cumprod(1 - root**2, dim=0)
        #: (steps,) float64, cumulative product of 1 - beta
        self.alphas_cumprod = _to_pure_noise(alphas) if zero_terminal_snr else alphas
        #: (steps,) float32, rising
        exact = ((1 - self.alphas_cumprod) / self.alphas_cumprod).sqrt()
        self.sigmas = exact.float()
        # Rounded after the logarithm, as in ComfyUI: `sgm_uniform` has levels that lie half-way
        # between two training steps, where the last bit decides for one of them.
        self.log_sigmas = exact.log().float()

    @property
    def highest(self) -> float:
        """The noisiest training step's sigma, 14.6 for Stable Diffusion's schedule."""
        return float(self.sigmas[-1])

    @property
    def lowest(self) -> float:
        """The cleanest training step's sigma, 0.029."""
        return float(self.sigmas[0])

    def timestep(self, sigma: Tensor) -> Tensor:
        """Round to the training step whose log-sigma is nearest; any shape → same shape, int64."""
        log_sigmas = self.log_sigmas.to(sigma.device)
        return (sigma.float().log()[..., None] - log_sigmas).abs().argmin(dim=-1)

    def sigma(self, timestep: Tensor) -> Tensor:
        """Interpolate log-sigma between training steps; fractional steps allowed."""
        t = timestep.float().clamp(0, len(self.sigmas) - 1)
        low, high, share = t.floor().long(), t.ceil().long(), t.frac()
        return ((1 - share) * self.log_sigmas[low] + share * self.log_sigmas[high]).exp()


def _to_pure_noise(alphas: Tensor) -> Tensor:
    """Let the last training step be noise alone (Lin et al. 2023, arXiv 2305.08891, algorithm 1).

    Its alpha is not 0 but as small as ComfyUI makes it, so that its sigma is finite: 4,519.
    """
    root = alphas.sqrt()
    stretched = (root - root[-1]) * root[0] / (root[0] - root[-1])
    rescaled = stretched**2
    rescaled[-1] = _LEAST_ALPHA
    return rescaled


def normal(levels: NoiseLevels, steps: int) -> Tensor:
    """ComfyUI `normal`: training steps evenly spaced from the last to the first, then 0."""
    t = torch.linspace(len(levels.sigmas) - 1, 0, steps)
    return torch.cat([levels.sigma(t), torch.zeros(1)])


def karras(levels: NoiseLevels, steps: int, *, rho: float = 7.0) -> Tensor:
    """ComfyUI `karras`: equation 5 of arXiv 2206.00364 between the training sigmas, then 0."""
    ramp = torch.linspace(0, 1, steps)
    low, high = levels.lowest ** (1 / rho), levels.highest ** (1 / rho)
    return torch.cat([(high + ramp * (low - high)) ** rho, torch.zeros(1)])


def exponential(levels: NoiseLevels, steps: int) -> Tensor:
    """ComfyUI `exponential`: log-sigmas evenly spaced from the noisiest to the cleanest, then 0."""
    spaced = torch.linspace(math.log(levels.highest), math.log(levels.lowest), steps).exp()
    return torch.cat([spaced, torch.zeros(1)])


def sgm_uniform(levels: NoiseLevels, steps: int) -> Tensor:
    """ComfyUI `sgm_uniform`: like `normal`, but 0 takes the place of the first training step."""
    t = torch.linspace(len(levels.sigmas) - 1, 0, steps + 1)[:-1]
    return torch.cat([levels.sigma(t), torch.zeros(1)])


def simple(levels: NoiseLevels, steps: int) -> Tensor:
    """ComfyUI `simple`: every so-manieth training step from the last on, whole ones, then 0."""
    stride = len(levels.sigmas) / steps
    back = torch.tensor([int(n * stride) for n in range(steps)])
    return torch.cat([levels.sigmas[len(levels.sigmas) - 1 - back], torch.zeros(1)])


def ddim_uniform(levels: NoiseLevels, steps: int) -> Tensor:
    """ComfyUI `ddim_uniform`: every so-manieth training step from the second on, falling, then 0.

    Where `steps` does not divide the training steps there may be a few more of them.
    """
    stride = max(len(levels.sigmas) // steps, 1)
    return torch.cat([levels.sigmas[1::stride].flip(0), torch.zeros(1)])


#: By ComfyUI's names; each (levels, steps) → (steps + 1,) float32, falling to 0. `ddim_uniform` may
#: be longer.
SCHEDULES: Final[dict[str, Callable[[NoiseLevels, int], Tensor]]] = {
    "normal": normal,
    "karras": karras,
    "exponential": exponential,
    "sgm_uniform": sgm_uniform,
    "simple": simple,
    "ddim_uniform": ddim_uniform,
}


def start_scale(levels: NoiseLevels, sigma: float) -> float:
    """Scale unit noise to the first step's latent.

    ComfyUI's max-denoise rule: from the noisiest level on, sqrt(1 + sigma²), because there the
    training latents still carry a little of the picture; below it plain sigma.
    """
    full = sigma >= levels.highest or math.isclose(sigma, levels.highest, rel_tol=1e-5)
    return math.sqrt(1 + sigma**2) if full else sigma
