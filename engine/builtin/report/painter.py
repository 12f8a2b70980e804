"""Draw many pictures as the engine does, without the bot."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from PIL import Image

from engine.base.loading import LoadedBase
from engine.builtin.captions import ladder
from engine.pictures.encoding import decode
from engine.pictures.painting import Stack, batches, paint
from engine.pictures.recipe import Recipe

log = logging.getLogger(__name__)


def wanted(prompt: str, seed: int, *, score: int = 9, negative: str = "") -> Recipe:
    """Ask for one picture with the family's own defaults: 20 steps, guidance 4, 128 pixels."""
    positive = f"{ladder(score)}, {prompt}"
    return Recipe(prompt=prompt, positive=positive, negative=negative, score=score, seed=seed)


def draw_all(base: LoadedBase, recipes: Sequence[Recipe], stack: Stack = ()) -> list[Image.Image]:
    """Draw every recipe, in order."""
    pictures: dict[int, Image.Image] = {}
    for group in batches(recipes):
        *_, last = paint(base, [recipes[number] for number in group], stack)
        pictures.update(zip(group, decode(base, last.x), strict=True))
        log.info("drawn %d of %d", len(pictures), len(recipes))
    return [pictures[number] for number in range(len(recipes))]
