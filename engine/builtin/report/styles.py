"""Whether a style looks like its artist, and the base without one like nobody."""

from __future__ import annotations

from collections import Counter
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.base.loading import LoadedBase
from engine.builtin.artists import ARTISTS, HELD_OUT_SUBJECTS
from engine.builtin.gallery import UNSEEN_SEED
from engine.builtin.report.figure import Figure
from engine.builtin.report.hands import NAMES, nearest, traits_of
from engine.builtin.report.painter import draw_all, wanted
from engine.builtin.report.trained import Trained, usual_recipe
from engine.builtin.wish import complete

Traits = NDArray[np.float64]

PROMPTS: Final = 24
#: Pictures of one prompt, as `/draw` makes them; what they have in common is compared.
GRID: Final = 4
SCORE: Final = 7
LEAST_SHARE: Final = 0.85
MOST_WITHOUT: Final = 0.40
FIRST_SEED: Final = UNSEEN_SEED + 740_000


def measure(base: LoadedBase, trained: Trained, count: int = PROMPTS) -> list[Figure]:
    """Draw the same prompts and seeds with every style and with none."""
    recipes = [
        wanted(", ".join(tags), FIRST_SEED + GRID * number + picture, score=SCORE)
        for number, tags in enumerate(prompts(count))
        for picture in range(GRID)
    ]
    artists = [ARTISTS[name] for name in NAMES]
    trained.prepare([(artist, usual_recipe(artist)) for artist in artists])
    styles = [trained.style(artist) for artist in artists]
    read = np.stack([traits_of(draw_all(base, recipes, ((style, 1.0),))) for style in styles])
    bare = traits_of(draw_all(base, recipes))
    return [*_styles(_grids(read)), *_single(read), _without(_grids(read), _grids(bare))]


def prompts(count: int) -> list[tuple[str, ...]]:
    """Ask for what the held-out drawings show, as the generator would for others like them.

    A style is compared with drawings, so both are of the same kinds of things; a picture under
    water, of what no artist has ever drawn, has neither paper nor ink of theirs to read.
    """
    subjects = [HELD_OUT_SUBJECTS[number % len(HELD_OUT_SUBJECTS)] for number in range(count)]
    return [
        complete(np.random.default_rng(FIRST_SEED + number), subject).tags
        for number, subject in enumerate(subjects)
    ]


def _grids(read: Traits) -> Traits:
    """Average the pictures of each prompt, (…, prompts, T)."""
    return read.reshape(*read.shape[:-2], -1, GRID, read.shape[-1]).mean(axis=-2)


def _styles(read: Traits) -> list[Figure]:
    return [
        Figure(
            name=f"style: prompts where {name}'s is nearest to {name}",
            value=share,
            bar=LEAST_SHARE,
        )
        for name, share in zip(NAMES, _shares(read), strict=True)
    ]


def _single(read: Traits) -> list[Figure]:
    """Tell the same of pictures one by one, of which a single one says less."""
    return [
        Figure(name=f"style: pictures of {name}'s nearest to {name}, one by one", value=share)
        for name, share in zip(NAMES, _shares(read), strict=True)
    ]


def _shares(read: Traits) -> list[float]:
    """Say of each style, (5, N, T), how often it is nearest to its own artist.

    What the five styles' pictures of one prompt have in common is the prompt's, so it is taken
    away from each before the nearest artist is looked for.
    """
    own = read - read.mean(axis=0)
    named = [nearest(deviations, _scatter(own)) for deviations in own]
    return [
        float(np.mean([who == name for who in w])) for w, name in zip(named, NAMES, strict=True)
    ]


def _scatter(own: Traits) -> Traits:
    return (own - own.mean(axis=1, keepdims=True)).std(axis=(0, 1))


def _without(read: Traits, bare: Traits) -> Figure:
    common = read.mean(axis=0)
    named = Counter(nearest(bare - common, _scatter(read - common)))
    return Figure(
        name="no style: prompts nearest to any one artist",
        value=max(named.values()) / len(bare),
        bar=MOST_WITHOUT,
        side="at most",
    )
