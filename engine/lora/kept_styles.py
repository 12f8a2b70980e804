"""Packed styles in the host's memory, by what they take; the least recently used go."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from engine.lora.packed import PackedStyle
from engine.lora.shelf import Shelf

#: Some ten styles of rank 16 on SDXL in float32, twenty in bfloat16.
MOST_BYTES: Final = 2 << 30


class KeptStyles:
    """Remembers packed styles up to `most_bytes`, and always the one that was asked for last.

    Any thread may ask; one style is made at a time. `pinned` is for a GPU, which then fetches them
    by itself.
    """

    def __init__(
        self,
        shelf: Shelf | None = None,
        most_bytes: int = MOST_BYTES,
        *,
        pinned: bool = False,
    ) -> None:
        self._shelf = shelf
        self._pinned = pinned
        self._most = most_bytes
        self._bytes = 0
        self._known: OrderedDict[str, PackedStyle] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: str, make: Callable[[], PackedStyle]) -> PackedStyle:
        """Return the style of this key: from memory, from the shelf, or made."""
        with self._lock:
            if key not in self._known:
                style = self._shelf.get(key, make) if self._shelf else make()
                self._known[key] = style.pinned() if self._pinned else style
                self._bytes += self._known[key].nbytes
            self._known.move_to_end(key)
            while self._bytes > self._most and len(self._known) > 1:
                self._bytes -= self._known.popitem(last=False)[1].nbytes
            return self._known[key]
