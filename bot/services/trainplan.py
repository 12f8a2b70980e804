"""How long a training takes, what is held out, and what its samples show."""

from __future__ import annotations

import dataclasses
import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType

from bot.services.base import Base
from bot.services.recipes import USUAL, chosen_recipe
from data.choices import RecipeChoice
from data.models import Dataset, Drawing, DrawingId
from engine.pictures.recipe import Recipe
from engine.protocol import TrainRecipe
from engine.training.holding import within_memory
from engine.training.overrides import read_overrides

#: Below this nothing is learned but these pictures.
MIN_DRAWINGS = 5
#: One in six is held out, once there are enough.
HOLD_OUT_FROM = 24
HOLD_OUT_PART = 6
#: Rarer tags than these say little about what sort of drawing it is.
_TELLING_TAGS = 20
SAMPLES = 3
SAMPLE_SEED = 1000
#: The report's own finding: 7 was the artist's hand.
SAMPLE_SCORE = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainPlan:
    """What Start would do."""

    dataset: Dataset
    #: what it is trained on, where the host has several
    base: str | None
    drawings: int
    #: drawings kept aside to measure on, never trained on
    held_out: int
    #: whether the artist chose to keep none aside; the style has nothing to be checked against then
    on_all: bool
    steps: int
    #: how many drawings are looked at in one step
    batch: int
    #: what the artist chose, or the usual
    recipe: RecipeChoice
    #: how often each drawing is looked at
    exposures: int
    #: cuts and orders of tags that each drawing has, where the host's memory holds no more of them
    variants: tuple[int, int] | None
    #: None until a training was measured on this host
    seconds: int | None
    #: what base and training hold at once: of a GPU, else of the engine's process; None until the
    #: engine has told what its base takes
    memory_bytes: int | None
    on_gpu: bool
    #: 1 for a new style, else the next version of the style of that name in that server
    number: int
    #: the file of a style that was trained elsewhere, of which no step is made; else None
    brought: str | None = None


def train_recipe(
    base: Base, drawings: int, steps: int | None, choice: RecipeChoice = USUAL
) -> TrainRecipe:
    """Make the recipe for `drawings`, held-out ones not counted.

    `steps` is the host's length, where the artist did not choose one.
    """
    recipe = chosen_recipe(base.family.name, drawings, choice)
    chosen = recipe.steps
    if steps is not None and "steps" not in read_overrides(choice.changes):
        chosen = steps
    recipe = dataclasses.replace(recipe, steps=chosen, checkpoints=min(recipe.checkpoints, chosen))
    return within_memory(recipe, base.family.width * base.family.height, drawings)


def held_out(
    drawings: Sequence[Drawing],
    *,
    on_all: bool = False,
    kinds: Mapping[DrawingId, int] = MappingProxyType({}),
) -> frozenset[DrawingId]:
    """Choose drawings to measure on, of every sort about one in six; none with `on_all`.

    Of every kind (by its number) it is one in six first of all.

    The same ones for the same drawings, in any order: one after the other is taken so that every
    frequent tag is as frequent among them as in the whole, and chance by content where all do.
    """
    if on_all or len(drawings) < HOLD_OUT_FROM:
        return frozenset()
    tags = {drawing.id: tags_of(drawing.caption) for drawing in drawings}
    counts = Counter(tag for of_one in tags.values() for tag in of_one)
    telling = sorted(counts, key=lambda tag: (-counts[tag], tag))[:_TELLING_TAGS]
    shares = {tag: counts[tag] / len(drawings) for tag in telling}
    kind_of = {one.id: frozenset({str(kinds.get(one.id, 0))}) for one in drawings}
    sizes = Counter(kind for of_one in kind_of.values() for kind in of_one)
    of_kinds = {kind: sizes[kind] / len(drawings) for kind in sorted(sizes)}
    left, aside = sorted(drawings, key=_chance), list[DrawingId]()
    found: Counter[str] = Counter()
    taken: Counter[str] = Counter()
    while len(aside) < len(drawings) // HOLD_OUT_PART:
        count = len(aside) + 1
        best = min(
            left,
            key=lambda one: (
                _off(of_kinds, taken, kind_of[one.id], count),
                _off(shares, found, tags[one.id], count),
            ),
        )
        left.remove(best)
        aside.append(best.id)
        found.update(tags[best.id])
        taken.update(kind_of[best.id])
    return frozenset(aside)


def _off(shares: Mapping[str, float], found: Counter[str], more: frozenset[str], of: int) -> float:
    """Measure how far tags, or kinds, are from their shares, when these are added."""
    return sum((found[tag] + (tag in more) - share * of) ** 2 for tag, share in shares.items())


def tags_of(caption: str) -> frozenset[str]:
    """Split a caption at its commas."""
    return frozenset(filter(None, (tag.strip().casefold() for tag in caption.split(","))))


def _chance(drawing: Drawing) -> bytes:
    return hashlib.sha256(drawing.sha256.encode()).digest()


def sample_recipes(base: Base, drawings: Sequence[Drawing]) -> tuple[Recipe, ...]:
    """Ask every checkpoint for the words of a few drawings spread over the set.

    Of each part of the set the shortest: it fits under its picture, and asks least of a base.
    """
    family = base.family
    captions = list(dict.fromkeys(drawing.caption for drawing in drawings))
    count = min(SAMPLES, len(captions))
    ends = [len(captions) * part // max(1, count) for part in range(count + 1)]
    chosen = [min(captions[one:two], key=len) for one, two in pairwise(ends)]
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
        for index, caption in enumerate(chosen)
    )
