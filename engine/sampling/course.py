"""One picture's way through its noise levels, beside others that stand elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from engine.sampling.samplers import SAMPLERS, Past


class Course:
    """Where a picture stands; `advance` takes a step for many at once."""

    def __init__(self, sampler: str, sigmas: Tensor, x: Tensor, noise: torch.Generator) -> None:
        #: ComfyUI's name
        self.sampler = sampler
        #: (steps + 1,), falling; levels that the sampler stands at twice are there twice
        self.sigmas = SAMPLERS[sampler].levels(sigmas)
        #: (1, C, h, w)
        self.x = x
        self.done = 0
        #: the last prediction of the clean latent, (1, C, h, w); none before the first step
        self.denoised: Tensor | None = None
        self._noise = noise
        #: for samplers of second order
        self.past = Past(denoised=torch.zeros_like(x), sigma=x.new_full((1, 1, 1, 1), torch.inf))

    @property
    def steps(self) -> int:
        """How many predictions it takes."""
        return len(self.sigmas) - 1

    @property
    def finished(self) -> bool:
        """Whether `x` is the picture."""
        return self.done == self.steps

    @property
    def sigma(self) -> Tensor:
        """The present noise level, (1, 1, 1, 1)."""
        return self.sigmas[self.done].reshape(1, 1, 1, 1)

    def take(self, x: Tensor, denoised: Tensor) -> None:
        """Arrive at the next level."""
        self.past = Past(denoised=denoised, sigma=self.sigma)
        self.x, self.denoised = x, denoised
        self.done += 1

    def fresh_noise(self) -> Tensor:
        """Draw the noise of the present step; zeros for the last, which takes none."""
        if self.done + 1 == self.steps:
            return torch.zeros_like(self.x)
        return torch.randn(self.x.shape, generator=self._noise, device=self._noise.device)


def advance(courses: Sequence[Course], denoised: Tensor) -> None:
    """Take every course's next step, with these predictions of the clean latents, (R, C, h, w)."""
    for name in dict.fromkeys(course.sampler for course in courses):
        rows = [row for row, course in enumerate(courses) if course.sampler == name]
        _advance([courses[row] for row in rows], denoised[rows])


def _advance(courses: Sequence[Course], denoised: Tensor) -> None:
    sampler = SAMPLERS[courses[0].sampler]
    sigma = torch.cat([course.sigma for course in courses])
    following = torch.cat([c.sigmas[c.done + 1].reshape(1, 1, 1, 1) for c in courses])
    noise = torch.cat([c.fresh_noise() for c in courses]) if sampler.noisy else denoised
    past = Past(
        denoised=torch.cat([course.past.denoised for course in courses]),
        sigma=torch.cat([course.past.sigma for course in courses]),
    )
    x = torch.cat([course.x for course in courses])
    moved = sampler.step(x, denoised, sigma, following, noise, past)
    for row, course in enumerate(courses):
        some = slice(row, row + 1)
        course.take(moved[some], denoised[some])
