"""The few statistics that claims are made with."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def ranks(values: ArrayLike) -> NDArray[np.float64]:
    """Rank values from 1 upwards by size; equal ones share the mean of their numbers."""
    flat = np.asarray(values, dtype=np.float64)
    below = (flat[None] < flat[:, None]).sum(axis=1)
    equal = (flat[None] == flat[:, None]).sum(axis=1)
    return below + (equal + 1) / 2


def spearman(one: ArrayLike, other: ArrayLike) -> float:
    """Return Spearman's rank correlation, Pearson's of the ranks; 0 when one side is constant."""
    a, b = (ranks(side) - ranks(side).mean() for side in (one, other))
    spread = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / spread if spread else 0.0


def sign_flip_p(differences: ArrayLike, *, rounds: int = 9999, seed: int = 0) -> float:
    """Return how likely a mean so far above 0 is when each difference's sign is a coin's.

    A one-sided permutation test of paired data, drawn at random; never below 1/(rounds + 1).
    """
    gains = np.asarray(differences, dtype=np.float64)
    coins = np.random.default_rng(seed).choice((-1.0, 1.0), size=(rounds, len(gains)))
    reached = int(((coins @ gains) >= gains.sum() - 1e-12).sum())
    return (reached + 1) / (rounds + 1)
