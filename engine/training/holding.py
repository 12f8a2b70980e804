"""How much of the host's memory a training's drawings wait in; torch-free."""

from __future__ import annotations

import dataclasses
from typing import Final

from engine.training.recipe import TrainRecipe

#: What cuts and captions may take together. From 5,000 drawings of SDXL's size on, one cut and one
#: order of each are more: 14.7 GB for 10,000.
MOST_BYTES: Final = 8_000_000_000
#: Per 64 pixels: mean and deviation of four channels in float32.
_CUT_BYTES: Final = 2 * 4 * 4
#: Three windows of 77 tokens, 2048 wide, in half precision, and the pooled output.
_CAPTION_BYTES: Final = 2 * (3 * 77 * 2048 + 1280)


def held_bytes(recipe: TrainRecipe, pixels: int, drawings: int) -> int:
    """Say what `drawings` of so many pixels take on a GPU's host, at most."""
    return drawings * (
        recipe.crops * (pixels // 64) * _CUT_BYTES + max(1, recipe.captions) * _CAPTION_BYTES
    )


def within_memory(recipe: TrainRecipe, pixels: int, drawings: int) -> TrainRecipe:
    """Take fewer cuts and orders of each drawing, where so many would not fit."""
    while held_bytes(recipe, pixels, drawings) > MOST_BYTES:
        crops, captions = max(1, recipe.crops // 2), max(1, recipe.captions // 2)
        if (crops, captions) == (recipe.crops, max(1, recipe.captions)):
            break
        recipe = dataclasses.replace(recipe, crops=crops, captions=captions)
    return recipe
