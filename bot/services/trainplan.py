"""How long a training takes, what is held out, and what its samples show."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from bot.services.base import Base
from data.models import Drawing, DrawingId
from engine.pictures.recipe import Recipe
from engine.protocol import TrainRecipe

#: Below this nothing is learned but these pictures.
MIN_DRAWINGS = 5
#: One in six is held out, once there are enough.
HOLD_OUT_FROM = 24
HOLD_OUT_PART = 6
CHECKPOINTS = 5
SAMPLES = 3
SAMPLE_SEED = 1000
#: The report's own finding: 7 was the artist's hand.
SAMPLE_SCORE = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class _Length:
    """Steps per drawing, within bounds, at a batch that fits the family's usual device."""

    per_drawing: float
    least: int
    most: int
    batch: int
    learning_rate: float


_BUILTIN = _Length(per_drawing=14, least=200, most=1500, batch=8, learning_rate=2e-4)
_OTHERS = _Length(per_drawing=20, least=300, most=3000, batch=4, learning_rate=1e-4)


def train_recipe(base: Base, drawings: int, steps: int | None) -> TrainRecipe:
    """Compute the recipe; `steps` overrides the length."""
    length = _BUILTIN if base.family.name == "builtin" else _OTHERS
    computed = min(max(round(drawings * length.per_drawing), length.least), length.most)
    chosen = steps or computed
    return TrainRecipe(
        batch=min(length.batch, max(1, drawings)),
        learning_rate=length.learning_rate,
        steps=chosen,
        checkpoints=min(CHECKPOINTS, chosen),
    )


def held_out(drawings: Sequence[Drawing]) -> frozenset[DrawingId]:
    """Choose drawings to measure on; the same ones for the same drawings, in any order."""
    if len(drawings) < HOLD_OUT_FROM:
        return frozenset()
    shuffled = sorted(drawings, key=lambda one: hashlib.sha256(one.sha256.encode()).digest())
    return frozenset(drawing.id for drawing in shuffled[: len(drawings) // HOLD_OUT_PART])


def sample_recipes(base: Base, drawings: Sequence[Drawing]) -> tuple[Recipe, ...]:
    """Ask every checkpoint for the words of a few drawings spread over the set."""
    family = base.family
    captions = list(dict.fromkeys(drawing.caption for drawing in drawings))
    stride = max(1, len(captions) // SAMPLES)
    score = SAMPLE_SCORE if family.takes_score else None
    return tuple(
        Recipe(
            prompt=caption,
            positive=family.compose(caption, score),
            negative=family.negative,
            score=score,
            seed=SAMPLE_SEED + index,
            steps=family.steps,
            guidance=family.guidance,
            sampler=family.sampler,
            schedule=family.schedule,
            width=family.width,
            height=family.height,
            base=base.name,
            base_sha256=base.sha256,
            family=family.name,
        )
        for index, caption in enumerate(captions[::stride][:SAMPLES])
    )
