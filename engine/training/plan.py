"""Chance in a training, from seed and step alone, so that nothing has to be saved to resume.

Every step has a generator of its own; a training that goes on at step 300 draws what the unbroken
one draws there.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from engine.protocol import TrainRecipe
from engine.sampling.sigmas import TRAINING_STEPS

_ORDER: Final = 1
_STEP: Final = 2
_START: Final = 3


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
    generator: torch.Generator


def generator_for(seed: int, purpose: int, number: int = 0) -> torch.Generator:
    """Make a CPU generator that no other purpose or number shares."""
    mixed = (seed * 0x9E3779B97F4A7C15 + purpose * 0xBF58476D1CE4E5B9 + number) % 2**63
    return torch.Generator().manual_seed(mixed)


def start_generator(seed: int) -> torch.Generator:
    """Make the generator of a style's first weights."""
    return generator_for(seed, _START)


def plan_step(recipe: TrainRecipe, step: int, drawings: int) -> StepPlan:
    """Plan step number `step`, counted from 0.

    Drawings come in shuffled rounds, each once per round. Timesteps are spread evenly over the
    batch from one random start, which lowers the loss's noise without changing its mean.
    """
    generator = generator_for(recipe.seed, _STEP, step)
    rows = recipe.batch
    spread = (torch.rand(1, generator=generator) + torch.arange(rows) / rows) % 1
    return StepPlan(
        drawings=[_drawing(recipe.seed, step * rows + row, drawings) for row in range(rows)],
        order=torch.rand(rows, generator=generator),
        dropped=torch.rand(rows, generator=generator) < recipe.caption_dropout,
        timesteps=(spread * TRAINING_STEPS).long().clamp(max=TRAINING_STEPS - 1),
        generator=generator,
    )


def _drawing(seed: int, position: int, drawings: int) -> int:
    round_, place = divmod(position, drawings)
    order = torch.randperm(drawings, generator=generator_for(seed, _ORDER, round_))
    return int(order[place])


def learning_rate(recipe: TrainRecipe, step: int) -> float:
    """Rise over the first 5 %, then fall to 0 along one cosine."""
    warm = max(1, round(0.05 * recipe.steps))
    if step < warm:
        return recipe.learning_rate * (step + 1) / warm
    share = (step - warm) / max(1, recipe.steps - warm)
    return recipe.learning_rate * 0.5 * (1 + math.cos(math.pi * share))


def checkpoint_steps(recipe: TrainRecipe) -> list[int]:
    """List the steps after which a checkpoint is saved, evenly spaced, the last at the end."""
    count = max(1, min(recipe.checkpoints, recipe.steps))
    return sorted({round(recipe.steps * (i + 1) / count) for i in range(count)})
