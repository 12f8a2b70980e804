"""How long prompts are, in the tokens of the base that reads them."""

from __future__ import annotations

import asyncio

from bot.services.bases import Bases
from engine.base.counting import Count
from engine.errors import JobFailed
from engine.pictures.recipe import Recipe

__all__ = ["Count", "PromptLengths"]


class PromptLengths:
    """Counts what was, or would be, told to a base."""

    def __init__(self, bases: Bases) -> None:
        self._bases = bases

    async def of(self, recipe: Recipe) -> Count | None:
        """Count what a recipe tells its base.

        None where the base's tokenizers cannot be read, and for recipes that cut by older rules.
        """
        return await asyncio.to_thread(self._count, recipe)

    def _count(self, recipe: Recipe) -> Count | None:
        counter = None if recipe.keeps_words else self._bases.for_recipe(recipe).counter
        try:
            return None if counter is None else counter.count(recipe.told[0])
        except JobFailed:  # marks that are refused today
            return None
