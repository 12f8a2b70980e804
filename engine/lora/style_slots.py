"""The slots of a base: those of the linear layers, and those that only some styles need."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import torch
from torch import Tensor

from engine.errors import JobFailed
from engine.lora.layout import FlatLayout
from engine.lora.packed import Packed, PackedStyle, Stack
from engine.lora.slots import Slots
from engine.unet.product import Change


class StyleSlots:
    """Slots of two layouts; the second kind takes no memory before a style needs it."""

    def __init__(
        self,
        linears: FlatLayout,
        others: FlatLayout,
        count: int,
        *,
        device: torch.device | str = "cpu",
        dtype: torch.dtype = torch.float32,
    ) -> None:
        self.layout: Final = linears
        self.others_layout: Final = others
        self._device, self._dtype = device, dtype
        self._linears = Slots(linears, count, device=device, dtype=dtype)
        self._others: Slots | None = None

    @property
    def count(self) -> int:
        """How many there are of each kind."""
        return self._linears.count

    def fit(self, styles: Iterable[PackedStyle]) -> bool:
        """Whether styles find room at the same time."""
        return self._needed(styles) <= self.count

    def check(self, stack: Stack) -> None:
        """Raise JobFailed `style.no_room` for a stack that never fits."""
        needed = self._needed(style for style, _ in stack)
        if needed > self.count:
            raise JobFailed("style.no_room", needed=needed, most=self.count)

    def _needed(self, styles: Iterable[PackedStyle]) -> int:
        """Count the slots that styles take, of the kind of which they take more."""
        together = {style.key: style for style in styles}.values()
        others = (len(style.others.chunks) for style in together if style.others)
        return max(sum(len(style.linears.chunks) for style in together), sum(others))

    def rows(self, stacks: Sequence[Stack]) -> list[Change | None]:
        """Gather one change per group of the linears, and then of the others if any is used."""
        changes = self._linears.rows([_linears(stack) for stack in stacks])
        others = [_others(stack) for stack in stacks]
        return changes + self._slots_of_others().rows(others) if any(others) else changes

    def flat_rows(self, stacks: Sequence[Stack]) -> list[Tensor]:
        """Gather whole vectors for rows of one slot each or none; the others' only if used.

        JobFailed `style.no_room` for a row of more.
        """
        rows = [self._linears.flat_rows([_linears(stack) for stack in stacks])]
        others = [_others(stack) for stack in stacks]
        return [*rows, self._slots_of_others().flat_rows(others)] if any(others) else rows

    def _slots_of_others(self) -> Slots:
        if self._others is None:
            layout, count = self.others_layout, self.count
            self._others = Slots(layout, count, device=self._device, dtype=self._dtype)
        return self._others


def _linears(stack: Stack) -> list[tuple[Packed, float]]:
    return [(style.linears, weight) for style, weight in stack]


def _others(stack: Stack) -> list[tuple[Packed, float]]:
    return [(style.others, weight) for style, weight in stack if style.others]
