"""Whether a training can be too short and too long."""

from __future__ import annotations

import dataclasses
import logging
from typing import Final

import numpy as np

from engine.base.loading import LoadedBase
from engine.builtin.artists import ARTISTS, Artist
from engine.builtin.gallery import UNSEEN_SEED
from engine.builtin.report.figure import Figure
from engine.builtin.report.hands import held_out, own_traits, scale, traits_of
from engine.builtin.report.painter import draw_all, wanted
from engine.builtin.report.trained import Trained, drawings_to_train
from engine.lora.packed import PackedStyle
from engine.training.recipes import OWN, recipe_for

log = logging.getLogger(__name__)

TOO_LONG: Final = 5
CHECKPOINTS: Final = 10
LEAST_ARTISTS: Final = 3
FIRST_SEED: Final = UNSEEN_SEED + 780_000


def distance(base: LoadedBase, artist: Artist, style: PackedStyle) -> float:
    """Draw the held-out drawings' own captions and compare picture by picture, in traits.

    The root of the mean squared difference, each trait counted in what it varies among drawings
    of one artist.
    """
    recipes = [
        wanted(caption, FIRST_SEED + number, score=artist.score)
        for number, (_, caption) in enumerate(held_out(artist))
    ]
    made = traits_of(draw_all(base, recipes, ((style, 1.0),)))
    away = (made - own_traits()[artist.name]) / scale()
    return float(np.sqrt((away**2).mean()))


def best_is_inside(base: LoadedBase, trained: Trained, artist: Artist) -> bool:
    """Train five times too long; say whether the nearest checkpoint is neither first nor last."""
    own = recipe_for(OWN, base.family, len(drawings_to_train(artist)))
    recipe = dataclasses.replace(own, steps=own.steps * TOO_LONG, checkpoints=CHECKPOINTS)
    away = [distance(base, artist, style) for style in trained.checkpoints(artist, recipe)]
    log.info("%s: distance by checkpoint: %s", artist.name, " ".join(f"{d:.3f}" for d in away))
    return 0 < int(np.argmin(away)) < len(away) - 1


def measure(base: LoadedBase, trained: Trained) -> list[Figure]:
    """Try one artist after the other, until the bar is met or cannot be met any more."""
    found, left = 0, len(ARTISTS)
    for artist in ARTISTS.values():
        if found >= LEAST_ARTISTS or found + left < LEAST_ARTISTS:
            break
        found, left = found + best_is_inside(base, trained, artist), left - 1
    tried = len(ARTISTS) - left
    return [
        Figure(
            name=f"length: artists with the best checkpoint inside, of {tried} tried",
            value=found,
            bar=LEAST_ARTISTS,
        )
    ]
