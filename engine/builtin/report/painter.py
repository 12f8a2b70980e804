"""Draw many pictures as the engine does, without the bot."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from PIL import Image

from engine.base.loading import LoadedBase
from engine.builtin.captions import ladder
from engine.lora.packed import Stack
from engine.pictures.easel import Easel
from engine.pictures.encoding import decode
from engine.pictures.picture import begin
from engine.pictures.recipe import Recipe

log = logging.getLogger(__name__)


def wanted(prompt: str, seed: int, *, score: int = 9, negative: str = "") -> Recipe:
    """Ask for one picture with the family's own defaults: 20 steps, guidance 4, 128 pixels."""
    positive = f"{ladder(score)}, {prompt}"
    return Recipe(prompt=prompt, positive=positive, negative=negative, score=score, seed=seed)


def draw_all(base: LoadedBase, recipes: Sequence[Recipe], stack: Stack = ()) -> list[Image.Image]:
    """Draw every recipe with these styles, in order."""
    easel = Easel(base)
    pictures = [begin(base, recipe, stack) for recipe in recipes]
    left = list(pictures)
    while left:
        easel.do(easel.choose([left]))
        done = [picture for picture in left if picture.course.finished]
        left = [picture for picture in left if not picture.course.finished]
        if done:
            log.info("drawn %d of %d", len(pictures) - len(left), len(pictures))
    return [decode(base, picture.course.x)[0] for picture in pictures]
