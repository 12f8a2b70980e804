"""By which recipe a draft is trained, where its artist does not leave that to us."""

from __future__ import annotations

import dataclasses
from typing import Final

from bot.errors import UserError
from bot.services.base_choice import BaseChoice
from bot.services.ownership import own_draft
from bot.services.store import Store
from data.choices import RecipeChoice
from data.models import HOST, DatasetId, OwnerId
from engine.errors import JobFailed
from engine.training.overrides import overridden, read_overrides
from engine.training.recipe import TrainRecipe
from engine.training.recipes import OWN, PRESETS, recipe_for, steps_for

USUAL: Final = RecipeChoice(recipe=OWN)
NAMES: Final = tuple(PRESETS)
#: What others may ask of the host's machine; the host itself may ask for more.
_MOST: Final = {
    "rank": 64,
    "conv_rank": 64,
    "batch": 16,
    "checkpoints": 10,
    "crops": 16,
    "captions": 32,
}
_DRAWINGS: Final = 36


class RecipeService:
    """Keeps an artist's choice with the draft."""

    def __init__(self, store: Store, base_choice: BaseChoice, *, most_steps: int) -> None:
        self._store = store
        self._base_choice = base_choice
        self._most_steps = most_steps

    async def chosen(self, dataset_id: DatasetId) -> RecipeChoice:
        """Return what was chosen, or the usual."""
        return await self._store.recipe_choices.get(dataset_id) or USUAL

    async def choose(
        self, dataset_id: DatasetId, owner_id: OwnerId, choice: RecipeChoice
    ) -> TrainRecipe:
        """Keep a choice, and return what it comes to for an ordinary set.

        UserError recipe.unknown, recipe.not_pair, recipe.unknown_name, recipe.bad_value,
        recipe.two_noises, recipe.too_much, and as for any draft: train.unknown_dataset,
        train.sealed.
        """
        await own_draft(self._store, dataset_id, owner_id)
        base = await self._base_choice.of(dataset_id)
        recipe = chosen_recipe(base.family.name, _DRAWINGS, choice)
        if owner_id != HOST:
            self._check(recipe, choice)
        await self._store.recipe_choices.put(dataset_id, choice)
        return recipe

    def _check(self, recipe: TrainRecipe, choice: RecipeChoice) -> None:
        """Bound what was changed; what the recipes come with is the host's own choice."""
        for name in read_overrides(choice.changes):
            most = {**_MOST, "steps": self._most_steps}.get(name)
            if most is not None and getattr(recipe, name) > most:
                raise UserError("recipe.too_much", name=name, most=most)


def chosen_recipe(family: str, drawings: int, choice: RecipeChoice) -> TrainRecipe:
    """Make the recipe for so many training drawings; UserError as `RecipeService.choose`."""
    if choice.recipe not in PRESETS:
        raise UserError("recipe.unknown", name=choice.recipe[:40], names=", ".join(PRESETS))
    try:
        changes = read_overrides(choice.changes)
        recipe = overridden(recipe_for(choice.recipe, family, drawings), changes)
    except JobFailed as failed:
        raise UserError(failed.key, **failed.facts) from failed
    if "batch" in changes and "steps" not in changes:  # each drawing is seen as often as before
        steps = steps_for(choice.recipe, family, drawings, batch=recipe.batch)
        most = min(recipe.checkpoints, steps)
        recipe = dataclasses.replace(recipe, steps=steps, checkpoints=most)
    return recipe
