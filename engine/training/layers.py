"""The layers that a recipe trains, and where each one's numbers lie in one flat vector."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from engine.errors import JobFailed
from engine.lora.layout import FlatLayout
from engine.lora.slots import changes
from engine.lora.weights import Lora
from engine.training.recipe import Layers, TrainRecipe
from engine.unet.groups import Group
from engine.unet.product import Change
from engine.unet.styled import StyledUnet

#: The transformer that carries most of a style.
_STYLE_BLOCK: Final = "up_blocks.0.attentions.1."
#: What sd-scripts' LoCon adds: residual blocks and the samplers between resolutions.
_CONVOLUTIONAL: Final = (".resnets.", ".downsamplers.", ".upsamplers.")


@dataclass(frozen=True, slots=True)
class _Segment:
    """Layers of one rank, as one piece of the vector."""

    layout: FlatLayout
    alpha: float
    start: int
    #: of each group among all that the U-Net can change
    places: tuple[int, ...]

    @property
    def scale(self) -> float:
        return self.alpha / self.layout.rank

    def of(self, flat: Tensor) -> Tensor:
        """View its piece of vectors (…, size)."""
        return flat[..., self.start : self.start + self.layout.size]


class TrainedLayers:
    """One recipe's layers of one U-Net."""

    def __init__(self, unet: StyledUnet, recipe: TrainRecipe) -> None:
        """JobFailed `recipe.no_layers` when the U-Net has none of these."""
        self._count = len(unet.groups) + len(unet.others)
        self._segments: list[_Segment] = []
        for rank, alpha, wanted in _kinds(recipe):
            self._add(unet, rank, alpha, wanted)
        if not self._segments:
            raise JobFailed("recipe.no_layers", layers=str(recipe.layers))
        last = self._segments[-1]
        #: numbers of all layers together
        self.size: Final = last.start + last.layout.size

    def _add(
        self, unet: StyledUnet, rank: int, alpha: float, wanted: Callable[[Group, bool], bool]
    ) -> None:
        every = [(g, False) for g in unet.groups] + [(g, True) for g in unet.others]
        chosen = [(n, group) for n, (group, other) in enumerate(every) if wanted(group, other)]
        if not chosen:
            return
        start = sum(segment.layout.size for segment in self._segments)
        layout = FlatLayout([group for _, group in chosen], rank)
        self._segments.append(_Segment(layout, alpha, start, tuple(n for n, _ in chosen)))

    @property
    def rank(self) -> int:
        """Rank of the first kind of layers: what a file is called by."""
        return self._segments[0].layout.rank

    def mask(self) -> Tensor:
        """Return 1 where a layer has a number, 0 beside the diagonals of joined ones, (size,)."""
        return torch.cat([segment.layout.mask() for segment in self._segments])

    def scale_ups(self, flat: Tensor) -> Tensor:
        """Multiply alpha / rank into the ups of vectors (…, size), in place."""
        for segment in self._segments:
            segment.of(flat)[..., segment.layout.first_up :].mul_(segment.scale)
        return flat

    def changes(self, rows: Tensor, grads: Tensor | None = None) -> list[Change | None]:
        """View scaled vectors (parts, size) as what each of the U-Net's groups adds.

        With `grads` of the same shape to train; see `engine.lora.slots.changes`.
        """
        all_of_them: list[Change | None] = [None] * self._count
        for segment in self._segments:
            own = None if grads is None else segment.of(grads)
            made = changes(segment.layout, segment.of(rows), own)
            for place, change in zip(segment.places, made, strict=True):
                all_of_them[place] = change
        return all_of_them

    def fresh(self, generator: torch.Generator) -> Tensor:
        """Start a style that changes nothing yet: random downs, zero ups, (size,) float32.

        Downs are uniform in ±1/sqrt(in), as peft and sd-scripts start them.
        """
        flat = torch.zeros(self.size)
        for segment in self._segments:
            piece = segment.of(flat)
            for down in segment.layout.downs:
                values = torch.rand(down.rows, down.columns, generator=generator)
                down.of(piece).copy_((2 * values - 1) / math.sqrt(down.columns))
        return flat

    def unpack(self, flat: Tensor) -> Lora:
        """Read a vector (size,) whose ups are not scaled as a style; views."""
        parts = (one.layout.unpack(one.of(flat), one.alpha).modules for one in self._segments)
        return Lora(modules={name: layer for part in parts for name, layer in part.items()})


def _kinds(recipe: TrainRecipe) -> Iterator[tuple[int, float, Callable[[Group, bool], bool]]]:
    """Yield rank, alpha and choice of layers for each kind that a recipe trains."""
    match recipe.layers:
        case Layers.LINEARS:
            yield recipe.rank, recipe.alpha, lambda _, other: not other
        case Layers.STYLE_BLOCK:
            yield (
                recipe.rank,
                recipe.alpha,
                lambda group, other: not other and group.name.startswith(_STYLE_BLOCK),
            )
        case Layers.CONVOLUTIONS:
            # As in sd-scripts, layers of one pixel have the linears' rank.
            yield recipe.rank, recipe.alpha, lambda _, other: not other
            yield recipe.rank, recipe.alpha, lambda g, other: other and _is_locon(g, kernel=False)
            yield (
                recipe.conv_rank,
                recipe.conv_alpha,
                lambda group, other: other and _is_locon(group, kernel=True),
            )


def _is_locon(group: Group, *, kernel: bool) -> bool:
    inside = any(part in group.name for part in _CONVOLUTIONAL)
    return inside and (group.kernel not in (None, (1, 1))) == kernel
