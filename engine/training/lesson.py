"""What one step of a training sees, and the loss on it."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.base.encoding import EncodedText, stacked
from engine.base.loading import LoadedBase
from engine.sampling.conditioning import Conditioning
from engine.training.dataset import TrainingSet, View
from engine.training.noise import training_noise
from engine.training.plan import StepPlan, plan_step
from engine.training.recipe import TrainRecipe
from engine.training.step import min_snr_weights, noised, row_errors


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rows:
    """Noisy latents of one size with their texts, a row each; on the CPU."""

    #: (B, C, h, w) both
    latents: Tensor
    noise: Tensor
    #: (B,) int64
    timesteps: Tensor
    texts: Sequence[EncodedText]
    #: what SDXL is told of sizes, (B, 6)
    told: Tensor
    #: of the min-SNR weights
    gamma: float

    def some(self, rows: slice) -> Rows:
        """Take some of them."""
        return dataclasses.replace(
            self,
            latents=self.latents[rows],
            noise=self.noise[rows],
            timesteps=self.timesteps[rows],
            texts=self.texts[rows],
            told=self.told[rows],
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lesson:
    """One step of one training; usually all of one size."""

    parts: tuple[Rows, ...]

    @property
    def shape(self) -> tuple[torch.Size, ...]:
        """Lessons of the same can be learnt in one pass."""
        return tuple(rows.latents.shape for rows in self.parts)

    @property
    def count(self) -> int:
        """Of rows."""
        return sum(len(rows.latents) for rows in self.parts)


def lesson_for(data: TrainingSet, recipe: TrainRecipe, step: int) -> Lesson:
    """Choose what step number `step` sees, by the recipe's seed and the number alone."""
    plan = plan_step(recipe, step, data.sizes)
    return Lesson(parts=tuple(_rows(data, recipe, plan, some) for some in _by_size(data, plan)))


def _by_size(data: TrainingSet, plan: StepPlan) -> Iterator[list[int]]:
    """Part a batch's rows by the size of what they show, in the order of their first."""
    sizes = [data.train[number].size for number in plan.drawings]
    for size in dict.fromkeys(sizes):
        yield [row for row, own in enumerate(sizes) if own == size]


def _rows(data: TrainingSet, recipe: TrainRecipe, plan: StepPlan, some: list[int]) -> Rows:
    shown = [data.train[plan.drawings[row]] for row in some]
    views = [
        drawing.views[int(plan.cut[row] * len(drawing.views))]
        for row, drawing in zip(some, shown, strict=True)
    ]
    texts = [
        data.no_text
        if plan.dropped[row]
        else drawing.texts[int(plan.order[row] * len(drawing.texts))]
        for row, drawing in zip(some, shown, strict=True)
    ]
    latents = _sampled(views, plan.generator)
    _, channels, height, width = latents.shape
    shape = (len(latents), channels, height, width)
    return Rows(
        latents=latents,
        noise=training_noise(shape, recipe, plan.generator),
        timesteps=plan.timesteps[some],
        texts=texts,
        told=torch.cat([view.told for view in views]),
        gamma=recipe.min_snr_gamma,
    )


def _sampled(views: Sequence[View], generator: torch.Generator) -> Tensor:
    """Draw latents from the posteriors, (B, C, h, w)."""
    mean = torch.cat([view.mean for view in views])
    std = torch.cat([view.std for view in views])
    return mean + std * torch.randn(mean.shape, generator=generator)


def row_losses(base: LoadedBase, lessons: Sequence[Rows]) -> Tensor:
    """Return the loss of every row of lessons of one size, one after the other, on the device.

    The styles are those in use, one for each lesson, or one for all.
    """
    place = base.device
    noise = torch.cat([lesson.noise for lesson in lessons]).to(place)
    timesteps = torch.cat([lesson.timesteps for lesson in lessons]).to(place)
    latents = torch.cat([lesson.latents for lesson in lessons]).to(place)
    text, pooled = stacked([text for lesson in lessons for text in lesson.texts])
    told = Conditioning(
        text=text.to(place),
        pooled=pooled.to(place),
        size=torch.cat([lesson.told for lesson in lessons]).to(place),
    )
    mixed = noised(base.levels, latents, noise, timesteps)
    predicted = base.unet.forward(mixed, timesteps, told)
    target = base.prediction.target(base.levels, latents, noise, timesteps)
    weigh = functools.partial(min_snr_weights, base.levels, prediction=base.prediction)
    weights = [weigh(one.timesteps.to(place), one.gamma) for one in lessons]
    return row_errors(predicted, target) * torch.cat(weights)
