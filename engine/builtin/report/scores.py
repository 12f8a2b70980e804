"""Whether a higher score gives a more careful picture."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.base.loading import LoadedBase
from engine.builtin.gallery import UNSEEN_SEED
from engine.builtin.report.figure import Figure
from engine.builtin.report.obedience import asked
from engine.builtin.report.painter import draw_all, wanted
from engine.builtin.vocabulary import SCORES
from engine.measure.quality import quality_score
from engine.measure.statistics import sign_flip_p, spearman

BLOCK, BLOCKS = 8, 4
LEAST_CORRELATION: Final = 0.85
MOST_P: Final = 0.01
FIRST_SEED: Final = UNSEEN_SEED + 720_000


def qualities(base: LoadedBase, prompts: int) -> NDArray[np.float64]:
    """Draw every prompt at every score with one seed and read how well it is done.

    (prompts, scores), lowest score first.
    """
    recipes = [
        wanted(", ".join(tags), FIRST_SEED + number, score=score)
        for score in sorted(SCORES)
        for number, tags in enumerate(asked(prompts, FIRST_SEED))
    ]
    read = [quality_score(picture) for picture in draw_all(base, recipes)]
    return np.asarray(read).reshape(len(SCORES), prompts).T


def figures(read: NDArray[np.float64]) -> list[Figure]:
    """Correlate the score with the means of blocks of eight prompts, each less its own mean.

    What a prompt shows matters more for its lines than the score, and is the same at all scores.
    """
    own = read - read.mean(axis=1, keepdims=True)
    blocks = own.reshape(-1, BLOCK, read.shape[1]).mean(axis=1)
    scores = np.tile(sorted(SCORES), len(blocks))
    return [
        Figure(
            name="score: Spearman's correlation of asked and read quality",
            value=spearman(scores, blocks.ravel()),
            bar=LEAST_CORRELATION,
        ),
        Figure(
            name="score: p that 9 is drawn no better than 4",
            value=sign_flip_p(read[:, -1] - read[:, 0]),
            bar=MOST_P,
            side="at most",
        ),
    ]


def measure(base: LoadedBase) -> list[Figure]:
    """Draw 32 prompts at six scores."""
    return figures(qualities(base, BLOCK * BLOCKS))
