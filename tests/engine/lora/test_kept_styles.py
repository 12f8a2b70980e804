"""Packed styles are remembered up to a size."""

from __future__ import annotations

import torch

from engine.lora.kept_styles import KeptStyles
from engine.lora.packed import Packed, PackedStyle


def style(key: str, numbers: int = 100) -> PackedStyle:
    chunks = torch.zeros(1, numbers)
    return PackedStyle(linears=Packed(key=key, chunks=chunks, groups=frozenset()))


def test_a_style_is_made_once_while_there_is_room() -> None:
    made: list[str] = []

    def make(key: str) -> PackedStyle:
        made.append(key)
        return style(key)

    styles = KeptStyles(most_bytes=900)
    for key in ("a", "b", "a", "c", "b", "a"):
        assert styles.get(key, lambda key=key: make(key)).key == key
    # 400 bytes each: "c" puts out "b", which was used longest ago, and so on
    assert made == ["a", "b", "c", "b", "a"]


def test_the_one_in_use_stays_however_large_it_is() -> None:
    styles = KeptStyles(most_bytes=10)
    first = styles.get("a", lambda: style("a"))
    assert styles.get("a", lambda: style("a")) is first
