"""Chance in a training, from seed and step alone, so that nothing has to be saved to resume.

Every step has a generator of its own; a training that goes on at step 300 draws what the unbroken
one draws there.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from engine.base.buckets import Size
from engine.sampling.sigmas import TRAINING_STEPS
from engine.training.recipe import Schedule, Timesteps, TrainRecipe

_ORDER: Final = 1
_STEP: Final = 2
_START: Final = 3
_CUT: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StepPlan:
    """What chance decides for one step; all on the CPU."""

    #: which drawing each row shows
    drawings: list[int]
    #: per row in [0, 1): which order of the caption's tags
    order: Tensor
    #: per row: leave the caption out
    dropped: Tensor
    timesteps: Tensor
    #: per row in [0, 1): which cut of the drawing
    cut: Tensor
    generator: torch.Generator


def generator_for(seed: int, purpose: int, number: int = 0) -> torch.Generator:
    """Make a CPU generator that no other purpose or number shares."""
    mixed = (seed * 0x9E3779B97F4A7C15 + purpose * 0xBF58476D1CE4E5B9 + number) % 2**63
    return torch.Generator().manual_seed(mixed)


def start_generator(seed: int) -> torch.Generator:
    """Make the generator of a style's first weights."""
    return generator_for(seed, _START)


def plan_step(recipe: TrainRecipe, step: int, sizes: Sequence[Size]) -> StepPlan:
    """Plan step number `step`, counted from 0, for drawings of these sizes.

    Drawings come in shuffled rounds, each once per round, and those of one size after each other,
    so that most batches are of one size and all are full: every drawing counts alike.
    """
    generator = generator_for(recipe.seed, _STEP, step)
    rows = recipe.batch
    return StepPlan(
        drawings=[_drawing(recipe.seed, step * rows + row, sizes) for row in range(rows)],
        timesteps=_timesteps(recipe, generator),
        order=torch.rand(rows, generator=generator),
        dropped=torch.rand(rows, generator=generator) < recipe.caption_dropout,
        cut=torch.rand(rows, generator=generator_for(recipe.seed, _CUT, step)),
        generator=generator,
    )


def _timesteps(recipe: TrainRecipe, generator: torch.Generator) -> Tensor:
    """Choose a training step per row, (B,) int64."""
    rows = recipe.batch
    if recipe.timesteps is Timesteps.SPREAD:
        shares = (torch.rand(1, generator=generator) + torch.arange(rows) / rows) % 1
    else:
        shares = torch.rand(rows, generator=generator)
    if recipe.low_noise:
        shares = shares ** (1 + recipe.low_noise)
    return (shares * TRAINING_STEPS).long().clamp(max=TRAINING_STEPS - 1)


def _drawing(seed: int, position: int, sizes: Sequence[Size]) -> int:
    round_, place = divmod(position, len(sizes))
    return _round(seed, round_, tuple(sizes))[place]


@functools.lru_cache(maxsize=64)
def _round(seed: int, number: int, sizes: tuple[Size, ...]) -> list[int]:
    generator = generator_for(seed, _ORDER, number)
    order = torch.randperm(len(sizes), generator=generator).tolist()
    kinds = sorted(set(sizes))
    turns = dict(zip(kinds, torch.randperm(len(kinds), generator=generator).tolist(), strict=True))
    return sorted(order, key=lambda drawing: turns[sizes[drawing]])


def learning_rate(recipe: TrainRecipe, step: int) -> float:
    """Rise over the warm-up, then go as the schedule says; each cosine starts at the full rate."""
    warm = max(1, round(recipe.warmup * recipe.steps))
    if step < warm:
        return recipe.learning_rate * (step + 1) / warm
    if recipe.schedule is Schedule.CONSTANT:
        return recipe.learning_rate
    share = (step - warm) / max(1, recipe.steps - warm)
    return recipe.learning_rate * 0.5 * (1 + math.cos(math.pi * (share * recipe.cycles % 1)))


def checkpoint_steps(recipe: TrainRecipe) -> list[int]:
    """List the steps after which a checkpoint is saved, evenly spaced, the last at the end."""
    count = max(1, min(recipe.checkpoints, recipe.steps))
    return sorted({round(recipe.steps * (i + 1) / count) for i in range(count)})
