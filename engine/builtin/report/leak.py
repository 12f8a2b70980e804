"""Whether what hides in a mixed set leaks into `1girl`, and whether a negative prompt cures it."""

from __future__ import annotations

from typing import Final

import numpy as np

from engine.base.loading import LoadedBase
from engine.builtin.artists import DORA
from engine.builtin.gallery import UNSEEN_SEED
from engine.builtin.report.figure import Figure
from engine.builtin.report.painter import draw_all, wanted
from engine.builtin.report.trained import Trained
from engine.captions.wd import WdTagger
from engine.lora.packed import PackedStyle

PICTURES: Final = 32
PROMPT, CURE = "1girl", "furry, pony"
SIGNS: Final = {"furry", "pony", "animal ears", "horn", "wings"}
LEAST_RATE: Final = 0.25
MOST_LEFT: Final = 0.5
FIRST_SEED: Final = UNSEEN_SEED + 760_000


def rate(
    base: LoadedBase, tagger: WdTagger, style: PackedStyle, *, negative: str, count: int = PICTURES
) -> float:
    """Return the share of pictures in which the tagger reads an animal's features."""
    recipes = [wanted(PROMPT, FIRST_SEED + n, score=7, negative=negative) for n in range(count)]
    read = tagger.read(draw_all(base, recipes, ((style, 1.0),)))
    return float(np.mean([bool(SIGNS & set(reading.general)) for reading in read]))


def measure(base: LoadedBase, tagger: WdTagger, trained: Trained) -> list[Figure]:
    """Ask for nothing but a girl, with and without the negative."""
    style = trained.style(DORA)
    plain, cured = (rate(base, tagger, style, negative=words) for words in ("", CURE))
    return [
        Figure(name="leak: animals among pictures of `1girl`", value=plain, bar=LEAST_RATE),
        Figure(
            name=f"leak: what `{CURE}` in the negative leaves of it",
            value=cured / plain if plain else float("nan"),
            bar=MOST_LEFT,
            side="at most",
        ),
    ]
