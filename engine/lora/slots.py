"""All styles in use as rows of one matrix, so that every picture of a batch has its own.

The base's weights never change. Slot 0 is no style; the others are filled when a batch needs them,
and the least recently used ones make room.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Sequence
from typing import Final

import torch
from torch import Tensor

from engine.errors import JobFailed
from engine.lora.layout import FlatLayout
from engine.lora.packed import Packed
from engine.unet.product import Change

#: One row's styles with their weights.
Uses = Sequence[tuple[Packed, float]]


class Slots:
    """`count` vectors of one layout on the device."""

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

    @property
    def count(self) -> int:
        """How many there are besides slot 0."""
        return len(self._matrix) - 1

    def check(self, chunks: Sequence[int]) -> None:
        """Raise JobFailed `style.no_room` when styles of so many slots never fit together."""
        if sum(chunks) > self.count:
            raise JobFailed("style.no_room", needed=sum(chunks), most=self.count)

    def put(self, styles: Sequence[Packed]) -> None:
        """Fill slots with styles, each copied at most once; what is used now stays for them.

        JobFailed `style.no_room` when all of them together do not fit.
        """
        together = {style.key: style for style in styles}
        self.check([len(style.chunks) for style in together.values()])
        for key in together.keys() & self._held.keys():
            self._held.move_to_end(key)
        for style in together.values():
            if style.key not in self._held:
                self._fill(style, keep=together.keys())

    def drop(self, key: str) -> None:
        """Empty a style's slots; what they held stays until they are filled again."""
        self._free.extend(self._held.pop(key, ()))

    def _fill(self, style: Packed, *, keep: Collection[str]) -> None:
        for key in [key for key in self._held if key not in keep]:
            if len(self._free) >= len(style.chunks):
                break
            self.drop(key)
        slots = tuple(self._free.pop() for _ in style.chunks)
        for slot, chunk in zip(slots, style.chunks, strict=True):
            self._matrix[slot].copy_(chunk, non_blocking=True)
        self._held[style.key] = slots

    def rows(self, rows: Sequence[Uses]) -> list[Change | None]:
        """Gather one change per group for rows with these styles, one part per row.

        Puts the styles into slots first. Rows with fewer slots than others get slot 0; groups
        that none of the styles changes get None.
        """
        gathered = self._gathered(rows)
        used = frozenset[int]().union(*(style.groups for uses in rows for style, _ in uses))
        return [change if n in used else None for n, change in enumerate(gathered)]

    def _gathered(self, rows: Sequence[Uses]) -> list[Change]:
        numbers, weights = self._places(rows)
        if numbers.shape[1] == 1:
            return changes(self.layout, self._scaled(numbers[:, 0], weights))
        spans = zip(self.layout.downs, self.layout.ups, strict=True)
        return [
            Change(
                down=down.of(self._matrix)[numbers].flatten(1, 2),
                up=(up.of(self._matrix)[numbers] * weights[..., None, None]).flatten(1, 2),
            )
            for down, up in spans
        ]

    def flat_rows(self, rows: Sequence[Uses]) -> Tensor:
        """Gather whole vectors for rows of one slot each or none, as `changes` takes them.

        JobFailed `style.no_room` for a row of more.
        """
        numbers, weights = self._places(rows)
        if numbers.shape[1] > 1:
            raise JobFailed("style.no_room", needed=numbers.shape[1], most=1)
        return self._scaled(numbers[:, 0], weights)

    def _places(self, rows: Sequence[Uses]) -> tuple[Tensor, Tensor]:
        """Fill the slots and return which of them each row takes, with weights, (R, most)."""
        self.put([style for uses in rows for style, _ in uses])
        taken = [[(s, w) for style, w in uses for s in self._held[style.key]] for uses in rows]
        most = max(1, *(len(row) for row in taken))
        full = [row + [(0, 0.0)] * (most - len(row)) for row in taken]
        device = self._matrix.device
        numbers = torch.tensor([[slot for slot, _ in row] for row in full], device=device)
        weights = torch.tensor([[weight for _, weight in row] for row in full], device=device)
        return numbers, weights.to(self._matrix.dtype)

    def _scaled(self, numbers: Tensor, weights: Tensor) -> Tensor:
        rows = self._matrix.index_select(0, numbers)
        rows[:, self.layout.first_up :] *= weights
        return rows


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
