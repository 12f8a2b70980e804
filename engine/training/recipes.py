"""How long and how a style is trained, from the number of drawings; torch-free."""

from __future__ import annotations

import dataclasses
from typing import Final

from engine.protocol import TrainRecipe

#: Our recipe per family; for real bases the values that most trainers' own guides agree on.
_OWN: Final = {
    "builtin": TrainRecipe(batch=8, learning_rate=1e-3, rank=16, alpha=16.0),
}
_REAL: Final = TrainRecipe(batch=4, learning_rate=1e-4, rank=16, alpha=16.0, checkpoints=10)
#: How often every drawing is seen: the toy base is small and must be moved further.
_EXPOSURES: Final = {"builtin": 80}
_REAL_EXPOSURES: Final = 60
_FEWEST: Final = 200
_MOST: Final = 2000


def own_recipe(family: str, drawings: int, *, seed: int = 1) -> TrainRecipe:
    """Choose everything for a dataset of so many training drawings (held-out ones not counted)."""
    recipe = _OWN.get(family, _REAL)
    wanted = drawings * _EXPOSURES.get(family, _REAL_EXPOSURES) / recipe.batch
    steps = min(_MOST, max(_FEWEST, 10 * round(wanted / 10)))
    return dataclasses.replace(recipe, steps=steps, seed=seed)
