"""All styles in use as rows of one matrix, so that every picture of a batch has its own.

The base's weights never change. Slot 0 is no style; the others are filled and emptied while
nothing else moves, and a batch takes its rows by number.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor

from engine.errors import JobFailed
from engine.lora.layout import FlatLayout
from engine.unet.product import Change

#: One picture's styles: their keys with their weights.
Uses = Sequence[tuple[str, float]]


class Slots:
    """`count` vectors of one layout on the device; the least recently used ones make room."""

    def __init__(
        self,
        layout: FlatLayout,
        count: int,
        *,
        device: torch.device | str = "cpu",
        dtype: torch.dtype = torch.float32,
    ) -> None:
        self.layout: Final = layout
        self._matrix = torch.zeros(count + 1, layout.size, device=device, dtype=dtype)
        self._free = list(range(count, 0, -1))
        #: style → its slots, the least recently used first
        self._held: OrderedDict[str, tuple[int, ...]] = OrderedDict()

    @property
    def keys(self) -> frozenset[str]:
        """The styles that lie in slots now."""
        return frozenset(self._held)

    def put(self, key: str, chunks: Tensor, *, keep: frozenset[str] = frozenset()) -> None:
        """Fill slots with a style, (chunks, size); those of `keep` are not emptied for it.

        Does nothing when it is there already. JobFailed `style.no_room` when even then it does
        not fit.
        """
        if key in self._held:
            self._held.move_to_end(key)
            return
        self._make_room(len(chunks), keep)
        slots = tuple(self._free.pop() for _ in chunks)
        for slot, chunk in zip(slots, chunks, strict=True):
            self._matrix[slot].copy_(chunk, non_blocking=True)
        self._held[key] = slots

    def drop(self, key: str) -> None:
        """Empty a style's slots; what they held stays until they are filled again."""
        self._free.extend(self._held.pop(key, ()))

    def _make_room(self, needed: int, keep: frozenset[str]) -> None:
        for key in [key for key in self._held if key not in keep]:
            if len(self._free) >= needed:
                return
            self.drop(key)
        if len(self._free) < needed:
            most = len(self._matrix) - 1
            raise JobFailed("style.no_room", needed=needed, most=most)

    def rows(self, pictures: Sequence[Uses]) -> list[Change]:
        """Gather one change per group for pictures with these styles, one part per picture.

        Each style must be in its slots. Pictures with fewer slots than others get slot 0.
        """
        taken = [[(s, w) for key, w in uses for s in self._held[key]] for uses in pictures]
        width = max(1, *(len(row) for row in taken))
        full = [row + [(0, 0.0)] * (width - len(row)) for row in taken]
        device = self._matrix.device
        numbers = torch.tensor([[slot for slot, _ in row] for row in full], device=device)
        weights = torch.tensor([[weight for _, weight in row] for row in full], device=device)
        weights = weights.to(self._matrix.dtype)
        if width == 1:
            return self._gathered_at_once(numbers[:, 0], weights)
        spans = zip(self.layout.downs, self.layout.ups, strict=True)
        return [
            Change(
                down=down.of(self._matrix)[numbers].flatten(1, 2),
                up=(up.of(self._matrix)[numbers] * weights[..., None, None]).flatten(1, 2),
            )
            for down, up in spans
        ]

    def _gathered_at_once(self, numbers: Tensor, weights: Tensor) -> list[Change]:
        rows = self._matrix.index_select(0, numbers)
        rows[:, self.layout.first_up :] *= weights
        return changes(self.layout, rows)


def changes(layout: FlatLayout, rows: Tensor, grads: Tensor | None = None) -> list[Change]:
    """View vectors (parts, size) as one change per group; with `grads` of the same shape to train.

    What is learnt is added up in `grads`, where beside the diagonals too: see `FlatLayout.mask`.
    """
    return [
        Change(
            down=down.of(rows),
            up=up.of(rows),
            grads=None if grads is None else (down.of(grads), up.of(grads)),
        )
        for down, up in zip(layout.downs, layout.ups, strict=True)
    ]
