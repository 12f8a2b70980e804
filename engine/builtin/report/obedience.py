"""Whether the base draws what its words ask for, as the tagger reads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from engine.base.loading import LoadedBase
from engine.builtin.gallery import UNSEEN_SEED
from engine.builtin.report.figure import Figure
from engine.builtin.report.painter import draw_all, wanted
from engine.builtin.vocabulary import BACKGROUNDS, SUBJECTS
from engine.builtin.wish import complete
from engine.captions.wd import WdTagger

PICTURES: Final = 200
BARS: Final = {"subject": 0.90, "attribute": 0.85, "background": 0.90}
FIRST_SEED: Final = UNSEEN_SEED + 700_000
#: It stands beside every thing, and says nothing that the thing does not say already.
IMPLIED: Final = "no humans"


def kind_of(tag: str) -> str:
    """Sort a tag under one of the bars."""
    if tag in SUBJECTS:
        return "subject"
    return "background" if tag in BACKGROUNDS else "attribute"


def asked(count: int, seed: int = FIRST_SEED) -> list[tuple[str, ...]]:
    """Choose the tags of so many pictures, as the generator would for drawings nobody has seen."""
    return [complete(np.random.default_rng(seed + number)).tags for number in range(count)]


def shares(
    tags: Sequence[tuple[str, ...]], read: Sequence[Mapping[str, float]]
) -> dict[str, float]:
    """Return per kind which share of the asked tags was read."""
    hits: dict[str, list[bool]] = {kind: [] for kind in BARS}
    for wished, seen in zip(tags, read, strict=True):
        for tag in wished:
            if tag != IMPLIED:
                hits[kind_of(tag)].append(tag in seen)
    return {kind: float(np.mean(found)) for kind, found in hits.items()}


def shortly(tags: Sequence[str], seed: int) -> tuple[str, ...]:
    """Keep the subject, one attribute and the background, as most people ask."""
    attributes = [tag for tag in tags if kind_of(tag) == "attribute" and tag != IMPLIED]
    if attributes:
        attributes.pop(np.random.default_rng(seed).integers(len(attributes)))
    return tuple(tag for tag in tags if tag not in attributes)


def measure(base: LoadedBase, tagger: WdTagger, count: int = PICTURES) -> list[Figure]:
    """Draw `count` pictures at guidance 4 and read them; then as many that ask for everything."""
    whole = asked(count)
    short = [shortly(tags, FIRST_SEED + number) for number, tags in enumerate(whole)]
    return [
        *_figures("asked shortly", base, tagger, short, BARS),
        *_figures("asked for all at once", base, tagger, whole, {}),
    ]


def _figures(
    how: str,
    base: LoadedBase,
    tagger: WdTagger,
    tags: Sequence[tuple[str, ...]],
    bars: Mapping[str, float],
) -> list[Figure]:
    recipes = [wanted(", ".join(wish), seed) for seed, wish in enumerate(tags)]
    read = [reading.general for reading in tagger.read(draw_all(base, recipes))]
    return [
        Figure(name=f"obedience: {kind} tags read, {how}", value=value, bar=bars.get(kind))
        for kind, value in shares(tags, read).items()
    ]
