"""ComfyUI's noise levels and samplers, restated in plain loops over Python numbers.

Levels are numbers of float32, as there: what is computed with them may be wider.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor

#: (noisy latent, sigma) → clean latent
Denoise = Callable[[Tensor, float], Tensor]


def training_sigmas() -> list[float]:
    """List the 1000 levels of Stable Diffusion's schedule, the cleanest first."""
    betas = np.linspace(math.sqrt(0.00085), math.sqrt(0.012), 1000) ** 2
    kept = np.cumprod(1 - betas)
    return [math.sqrt((1 - one) / one) for one in kept]


#: A level half-way between two steps is given to one of them by the last bit of these.
LOGS = torch.tensor([math.log(level) for level in training_sigmas()])
LEVELS = torch.tensor(training_sigmas()).tolist()


def _between(time: float) -> float:
    """Read a level between two training steps on the logarithmic line."""
    low = min(int(time), 998)
    share = torch.tensor(time) - low
    return float(((1 - share) * LOGS[low] + share * LOGS[low + 1]).exp())


def sigmas(schedule: str, steps: int) -> list[float]:
    """List the levels of a schedule by ComfyUI's name, 0 at the end."""
    high, low = LEVELS[-1], LEVELS[0]
    share = torch.linspace(0, 1, steps)
    if schedule == "normal":
        made = [_between(time) for time in torch.linspace(999, 0, steps).tolist()]
    elif schedule == "sgm_uniform":
        made = [_between(time) for time in torch.linspace(999, 0, steps + 1).tolist()[:-1]]
    elif schedule == "karras":
        made = ((high ** (1 / 7) + share * (low ** (1 / 7) - high ** (1 / 7))) ** 7).tolist()
    elif schedule == "exponential":
        made = torch.linspace(math.log(high), math.log(low), steps).exp().tolist()
    elif schedule == "simple":
        made = [LEVELS[-(1 + int(n * 1000 / steps))] for n in range(steps)]
    else:
        assert schedule == "ddim_uniform"
        made = LEVELS[1 :: max(1000 // steps, 1)][::-1]
    return [*made, 0.0]


def nearest_step(sigma: float) -> int:
    """Find the training step that a level is told to the network as."""
    return int((torch.tensor(sigma).log() - LOGS).abs().argmin())


def step_noise(seed: int, shape: torch.Size) -> Iterator[Tensor]:
    """Draw the noise of ancestral steps on a CPU."""
    generator = torch.Generator().manual_seed(seed + 1)
    while True:
        yield torch.randn(shape, generator=generator)


def start(seed: int, shape: tuple[int, ...], first: float) -> Tensor:
    """Scale the start noise: at the noisiest level the latents of training have unit variance."""
    noise = torch.randn(shape, generator=torch.Generator().manual_seed(seed))
    full = first > LEVELS[-1] or math.isclose(first, LEVELS[-1], rel_tol=1e-5)
    return noise * (math.sqrt(1 + first**2) if full else first)


def sample(name: str, levels: list[float], x: Tensor, denoise: Denoise, seed: int) -> Tensor:
    """Walk down the levels by ComfyUI's name of the sampler."""
    noise = (one.to(x) for one in step_noise(seed, x.shape))
    before: tuple[Tensor, float] | None = None  # the last clean latent, and -log of its level
    for here, there in itertools.pairwise(levels):
        clean = denoise(x, here)
        if there == 0:
            x = clean
        elif name in ("euler", "ddim"):
            direction = (x - clean) / here
            x = clean + there * direction
        elif name == "euler_ancestral":
            fresh = min(there, math.sqrt(there**2 * (here**2 - there**2) / here**2))
            kept = math.sqrt(there**2 - fresh**2)
            x = clean + kept * (x - clean) / here + fresh * next(noise)
        elif name == "heun":
            slope = (x - clean) / here
            there_clean = denoise(x + slope * (there - here), there)
            there_slope = (x + slope * (there - here) - there_clean) / there
            x = x + (slope + there_slope) / 2 * (there - here)
        elif name == "lcm":
            x = clean + there * next(noise)
        elif name == "dpmpp_2m":
            x = there / here * x + (1 - there / here) * _ahead(clean, before, here, there)
        else:
            assert name == "dpmpp_2m_sde"
            # Its noise is ours: ComfyUI's comes from a tree of the package torchsde.
            ratio = (there / here) ** 2
            guess = _ahead(clean, before, here, there)
            x = ratio * x + (1 - ratio) * guess + there * math.sqrt(1 - ratio) * next(noise)
        before = clean, -math.log(here)
    return x


def _ahead(clean: Tensor, before: tuple[Tensor, float] | None, here: float, there: float) -> Tensor:
    """Continue the line through the last two clean latents to the middle of the step."""
    if before is None:
        return clean
    last, time = before
    step, stride = math.log(here / there), -math.log(here) - time
    return clean + (clean - last) * step / (2 * stride)
