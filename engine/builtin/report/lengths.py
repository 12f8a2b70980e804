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
from engine.builtin.report.trained import Trained, usual_recipe
from engine.lora.packed import PackedStyle
from engine.training.recipe import TrainRecipe

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


def too_long(artist: Artist) -> TrainRecipe:
    """Return the usual recipe, five times as long."""
    own = usual_recipe(artist)
    return dataclasses.replace(own, steps=own.steps * TOO_LONG, checkpoints=CHECKPOINTS)


def best_is_inside(base: LoadedBase, trained: Trained, artist: Artist) -> bool:
    """Say whether the nearest checkpoint of a far too long training is neither first nor last."""
    styles = trained.checkpoints(artist, too_long(artist))
    away = [distance(base, artist, style) for style in styles]
    log.info("%s: distance by checkpoint: %s", artist.name, " ".join(f"{d:.3f}" for d in away))
    return 0 < int(np.argmin(away)) < len(away) - 1


def measure(base: LoadedBase, trained: Trained) -> list[Figure]:
    """Train all artists' styles too long, and count."""
    trained.prepare([(artist, too_long(artist)) for artist in ARTISTS.values()])
    inside = [best_is_inside(base, trained, artist) for artist in ARTISTS.values()]
    return [
        Figure(
            name=f"length: artists with the best checkpoint inside, of {len(inside)}",
            value=sum(inside),
            bar=LEAST_ARTISTS,
        )
    ]
