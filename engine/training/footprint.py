"""What a training holds at its peak, from a few figures of its base; torch-free."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from engine.training.recipe import Layers, TrainRecipe

#: The gradients in float32, twice while they are masked: held after the rows' own memory is free.
_LEARNING_BYTES: Final = 2 * 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Footprint:
    """A base on its device; numbers are a style's, and grow with its rank."""

    #: all the time: weights, slots, kept texts, and what no count sees
    held_bytes: int
    #: of each number: its value, moments, mask and gradient, and a copy for the U-Net
    number_bytes: int
    #: numbers for each rank
    linears: int
    style_block: int
    #: of a LoCon: for each rank, and for each rank of its convolutions
    locon: int
    convolutions: int
    #: one drawing with a caption of three windows on its way through the U-Net and back
    row_bytes: int
    #: so many of a step's drawings go together; 0 for all
    rows: int

    def numbers(self, recipe: TrainRecipe) -> int:
        """Count what the recipe trains."""
        match recipe.layers:
            case Layers.LINEARS:
                return recipe.rank * self.linears
            case Layers.STYLE_BLOCK:
                return recipe.rank * self.style_block
            case Layers.CONVOLUTIONS:
                return recipe.rank * self.locon + recipe.conv_rank * self.convolutions

    def peak_bytes(self, recipe: TrainRecipe) -> int:
        """Say how much of the device's memory the base and this training hold at once."""
        numbers = self.numbers(recipe)
        rows = min(recipe.batch, self.rows or recipe.batch)
        step = max(rows * self.row_bytes, numbers * _LEARNING_BYTES)
        return self.held_bytes + numbers * self.number_bytes + step
