"""The artist's own words as captions."""

from __future__ import annotations

import random


def tidy(caption: str) -> str:
    """Put a caption on one line, tags parted by one comma and a blank."""
    parts = (" ".join(part.split()) for part in caption.split(","))
    return ", ".join(part for part in parts if part)


def variants(caption: str, *, count: int, seed: int) -> list[str]:
    """Shuffle a tag list into up to `count` different orders, the given one first.

    The first tag keeps its place: it names the subject, or is the artist's trigger word. A
    sentence without commas has one order.
    """
    head, *rest = tidy(caption).split(", ")
    order, made = random.Random(seed), [", ".join((head, *rest))]
    for _ in range(4 * count):
        if len(made) == count or len(rest) < 2:
            break
        order.shuffle(rest)
        shuffled = ", ".join((head, *rest))
        if shuffled not in made:
            made.append(shuffled)
    return made
