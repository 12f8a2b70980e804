"""Styles laid out for the slots, kept in memory by what they take, the least recently used go."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from engine.lora.layout import FlatLayout
from engine.lora.weights import Lora

#: Some ten styles of rank 16 on SDXL in float32, twenty in bfloat16.
MOST_BYTES: Final = 2 << 30


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PackedStyle:
    """A style in slot order; equal keys are equal styles."""

    #: the content's hash, where there is a file
    key: str
    #: (slots that it takes, size of the layout)
    chunks: Tensor
    #: places among the layout's groups where it changes something
    groups: frozenset[int]

    @classmethod
    def of(
        cls, key: str, style: Lora, layout: FlatLayout, dtype: torch.dtype = torch.float32
    ) -> PackedStyle:
        """Lay a style out; JobFailed `style.other_base` when it does not fit."""
        chunks = layout.pack(style).to(dtype)
        groups = (n for n, up in enumerate(layout.ups) if bool(up.of(chunks).any()))
        return cls(key=key, chunks=chunks, groups=frozenset(groups))


#: One picture's styles with their weights.
Stack = tuple[tuple[PackedStyle, float], ...]


class PackedStyles:
    """Remembers packed styles up to `most_bytes`, and always the one that was asked for last."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most = most_bytes
        self._bytes = 0
        self._known: OrderedDict[str, PackedStyle] = OrderedDict()

    def get(self, key: str, make: Callable[[], PackedStyle]) -> PackedStyle:
        """Return the style of this key, made at its first use."""
        if key not in self._known:
            self._known[key] = make()
            self._bytes += self._known[key].chunks.nbytes
        self._known.move_to_end(key)
        while self._bytes > self._most and len(self._known) > 1:
            _, gone = self._known.popitem(last=False)
            self._bytes -= gone.chunks.nbytes
        return self._known[key]
