"""Pictures of one size that take their steps together, each with its own everything.

Guidance: Ho & Salimans 2022, arXiv 2207.12598. A picture whose guidance is 1 needs no second
prediction, so it costs one row of the U-Net; every other costs two.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from engine.base.encoding import stacked
from engine.base.loading import LoadedBase
from engine.pictures.kept_texts import KeptTexts
from engine.pictures.picture import Picture
from engine.sampling.conditioning import Conditioning, size_rows
from engine.sampling.course import advance
from engine.unet.styled import Changes


class Batch:
    """Gathers once what stays the same from step to step; made anew when pictures come or go."""

    def __init__(self, base: LoadedBase, texts: KeptTexts, pictures: Sequence[Picture]) -> None:
        self.pictures = tuple(pictures)
        self._base = base
        guided = [number for number, p in enumerate(pictures) if p.negative is not None]
        #: which pictures' negatives lie below all the positives
        self._guided = torch.tensor(guided, dtype=torch.long, device=base.device)
        scale = [pictures[number].recipe.guidance for number in guided]
        self._scale = torch.tensor(scale, device=base.device).reshape(-1, 1, 1, 1)
        told = [p.positive for p in pictures] + [p.negative for p in pictures if p.negative]
        stacks = [p.stack for p in pictures] + [pictures[number].stack for number in guided]
        self._kept = texts.rows(told, stacks)
        self._stacks = stacks
        #: the styles as a compiled graph takes them, where there may be one
        self._flat = base.graphs.rows(stacks) if base.graphs else None
        self._changes: Changes | None = None
        text, pooled = stacked(told)
        size = size_rows(len(told), pictures[0].size, base.device)
        self._told = Conditioning(text=text, pooled=pooled, size=size)

    @torch.no_grad()
    def step(self) -> None:
        """Move every picture on by one step."""
        courses = [picture.course for picture in self.pictures]
        x = torch.cat([course.x for course in courses])
        sigma = torch.cat([course.sigma for course in courses])
        scaled = x / (sigma**2 + 1).sqrt()
        times = self._base.levels.timestep(sigma.flatten())
        out = self._predicted(
            torch.cat([scaled, scaled[self._guided]]), torch.cat([times, times[self._guided]])
        )
        advance(courses, self._base.prediction.denoised(self._combined(out), x, sigma))

    def _predicted(self, x: Tensor, times: Tensor) -> Tensor:
        graphs = self._base.graphs
        if graphs is not None and self._flat is not None:
            out = graphs.predict(x, times, self._told, self._flat, self._kept)
            if out is not None:
                return out
        if self._changes is None:
            self._changes = self._base.slots.rows(self._stacks) if any(self._stacks) else ()
        return self._base.unet.predict(x, times, self._told, self._changes, self._kept)

    def _combined(self, out: Tensor) -> Tensor:
        count = len(self.pictures)
        wanted, unwanted = out[:count], out[count:]
        pulled = unwanted + self._scale * (wanted[self._guided] - unwanted)
        return wanted.index_copy(0, self._guided, pulled)
