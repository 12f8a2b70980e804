"""Whether a style looks like its artist, and the base without one like nobody."""

from __future__ import annotations

from collections import Counter
from typing import Final

import numpy as np

from engine.base.loading import LoadedBase
from engine.builtin.artists import ARTISTS
from engine.builtin.gallery import UNSEEN_SEED
from engine.builtin.report.figure import Figure
from engine.builtin.report.hands import NAMES, nearest, traits_of
from engine.builtin.report.obedience import asked
from engine.builtin.report.painter import draw_all, wanted
from engine.builtin.report.trained import Trained

PROMPTS: Final = 24
SCORE: Final = 7
LEAST_SHARE: Final = 0.85
MOST_WITHOUT: Final = 0.40
FIRST_SEED: Final = UNSEEN_SEED + 740_000


def measure(base: LoadedBase, trained: Trained, count: int = PROMPTS) -> list[Figure]:
    """Draw the same prompts and seeds with every style and with none.

    What the five styles' pictures of one prompt have in common is the prompt's, so it is taken
    away from each before the nearest artist is looked for.
    """
    recipes = [
        wanted(", ".join(tags), FIRST_SEED + number, score=SCORE)
        for number, tags in enumerate(asked(count, FIRST_SEED))
    ]
    styles = [trained.style(ARTISTS[name]) for name in NAMES]
    read = np.stack([traits_of(draw_all(base, recipes, ((style, 1.0),))) for style in styles])
    common = read.mean(axis=0)
    own = read - common
    scatter = (own - own.mean(axis=1, keepdims=True)).std(axis=(0, 1))
    without = Counter(nearest(traits_of(draw_all(base, recipes)) - common, scatter))
    return [
        *(
            Figure(
                name=f"style: prompts where {name}'s is nearest to {name}",
                value=float(np.mean([who == name for who in nearest(own[number], scatter)])),
                bar=LEAST_SHARE,
            )
            for number, name in enumerate(NAMES)
        ),
        Figure(
            name="no style: prompts nearest to any one artist",
            value=max(without.values()) / count,
            bar=MOST_WITHOUT,
            side="at most",
        ),
    ]
