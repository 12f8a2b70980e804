"""The recipes that a style can be trained by, as data; torch-free."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from engine.training.recipe import Layers, Timesteps, TrainRecipe

#: what a style is trained by when nobody chooses
OWN: Final = "own"


@dataclass(frozen=True, slots=True, kw_only=True)
class Length:
    """How many steps a recipe takes for so many drawings."""

    #: how often every drawing is seen
    exposures: int
    #: whether an epoch's last batch is filled up, as in programs that count in epochs
    epochs: int | None = None
    fewest: int = 1
    most: int = 10_000

    def steps(self, drawings: int, batch: int) -> int:
        """Count them; held-out drawings are not among the `drawings`."""
        if self.epochs is not None:
            shown = drawings * self.exposures / self.epochs
            return min(self.most, max(1, math.ceil(shown / batch)) * self.epochs)
        steps = 10 * round(drawings * self.exposures / batch / 10)
        return min(self.most, max(self.fewest, steps))


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A recipe whose length is still open."""

    recipe: TrainRecipe
    length: Length


_OWN: Final = TrainRecipe(
    name=OWN,
    version=2,
    learning_rate=1e-4,
    batch=4,
    checkpoints=10,
    crops=16,
    captions=16,
)
_OWN_LENGTH: Final = Length(exposures=60, fewest=200, most=2000)

#: hollowstrawberry's notebook for SDXL (2026-08) with its defaults, but for four: text encoders
#: stay as they are, which is its own advice for a style; weights are float32 instead of fp16, which
#: broke many of its users' files; AdamW is the plain one instead of the 8-bit one. Sizes are ours:
#: sides from 512 to 2048 instead of 256 to 4096.
_NOTEBOOK: Final = TrainRecipe(
    name="notebook",
    rank=8,
    alpha=4.0,
    learning_rate=3e-4,
    cycles=3,
    weight_decay=0.1,
    batch=4,
    checkpoints=10,
    min_snr_gamma=8.0,
    timesteps=Timesteps.INDEPENDENT,
    multires_iterations=6,
    multires_discount=0.3,
    captions=16,
    caption_dropout=0.0,
    seed=42,
)

PRESETS: Final[Mapping[str, Preset]] = MappingProxyType(
    {
        OWN: Preset(recipe=_OWN, length=_OWN_LENGTH),
        "notebook": Preset(
            # two repeats in each of ten epochs
            recipe=_NOTEBOOK,
            length=Length(exposures=20, epochs=10),
        ),
        "locon": Preset(
            recipe=dataclasses.replace(
                _OWN, name="locon", version=1, layers=Layers.CONVOLUTIONS, alpha=8.0, conv_alpha=8.0
            ),
            length=_OWN_LENGTH,
        ),
        "style-block": Preset(
            recipe=dataclasses.replace(
                _OWN, name="style-block", version=1, layers=Layers.STYLE_BLOCK
            ),
            length=_OWN_LENGTH,
        ),
    }
)

#: The built-in base is small and was never taught to be finished: it must be moved further, by
#: whatever recipe of ours; its drawings fill their bucket, so there is nothing to cut differently.
_TOY: Final = {"batch": 8, "learning_rate": 1e-3, "crops": 1, "captions": 4}
_TOY_EXPOSURES: Final = 80


def recipe_for(name: str, family: str, drawings: int, *, seed: int | None = None) -> TrainRecipe:
    """Take a recipe and compute its length for so many training drawings.

    Without a seed it is the recipe's own. KeyError for a name that is not in `PRESETS`.
    """
    recipe = PRESETS[name].recipe
    if _is_fitted(name, family):
        recipe = dataclasses.replace(recipe, **_TOY)
    recipe = dataclasses.replace(recipe, batch=min(recipe.batch, max(1, drawings)))
    return dataclasses.replace(
        recipe,
        steps=steps_for(name, family, drawings, batch=recipe.batch),
        seed=recipe.seed if seed is None else seed,
    )


def steps_for(name: str, family: str, drawings: int, *, batch: int) -> int:
    """Compute a recipe's length for so many training drawings, so many at a time."""
    length = PRESETS[name].length
    if _is_fitted(name, family):
        length = dataclasses.replace(length, exposures=_TOY_EXPOSURES)
    return length.steps(drawings, batch)


def _is_fitted(name: str, family: str) -> bool:
    return family == "builtin" and name != "notebook"
