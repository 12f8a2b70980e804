"""Make one finished drawing from a seed: tags, look and score decide what, how and how well."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from PIL import Image

from engine.builtin.animals import draw_bird, draw_cat, draw_dog, draw_fish, draw_pony
from engine.builtin.backgrounds import draw_background
from engine.builtin.look import Look, random_look
from engine.builtin.pen import Face, Faults, Pen
from engine.builtin.people import draw_person
from engine.builtin.things import (
    draw_boat,
    draw_flower,
    draw_house,
    draw_landscape,
    draw_mushroom,
    draw_still_life,
    draw_tree,
)
from engine.builtin.vocabulary import SCORES
from engine.builtin.wish import Wish, complete

SUBJECT_PAINTERS: Final[dict[str, Callable[[Pen, Wish], None]]] = {
    "1girl": draw_person,
    "1boy": draw_person,
    "furry": draw_person,
    "pony": draw_pony,
    "cat": draw_cat,
    "dog": draw_dog,
    "bird": draw_bird,
    "fish": draw_fish,
    "house": draw_house,
    "tree": draw_tree,
    "flower": draw_flower,
    "still life": draw_still_life,
    "landscape": draw_landscape,
    "boat": draw_boat,
    "mushroom": draw_mushroom,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A finished drawing and what is known about it."""

    picture: Image.Image
    tags: tuple[str, ...]
    score: int
    look: Look
    faults: Faults
    face: Face | None  # of a person, a furry character or a pony


def _streams(seed: int) -> list[np.random.Generator]:
    return [np.random.default_rng((seed, stream)) for stream in range(5)]


def draw(
    seed: int,
    *,
    tags: Sequence[str] = (),
    look: Look | None = None,
    score: int | None = None,
) -> Drawing:
    """Draw 128 by 128 pixels; whatever is not asked for comes from the seed.

    Tags, look, score, hand and faults each have their own random stream, so a change of one
    leaves the others as they were: a seed at score 9 and 4 is one picture, done well and badly.
    """
    for_tags, for_look, for_score, hand, slips = _streams(seed)
    wish = complete(for_tags, tags)
    chosen_look = random_look(for_look) if look is None else look
    chosen_score = int(for_score.choice(SCORES)) if score is None else score
    mess = (max(SCORES) - chosen_score) / (max(SCORES) - min(SCORES))
    pen = Pen(look=chosen_look, mess=mess, hand=hand, slips=slips)
    draw_background(pen, wish)
    SUBJECT_PAINTERS[wish.subject](pen, wish)
    picture = pen.finish()
    return Drawing(
        picture=picture,
        tags=wish.tags,
        score=chosen_score,
        look=chosen_look,
        faults=pen.faults,
        face=pen.face,
    )
