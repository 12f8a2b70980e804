"""The artist's own words as captions."""

from __future__ import annotations

import random


def tidy(caption: str) -> str:
    """Put a caption on one line, tags parted by one comma and a blank."""
    parts = (" ".join(part.split()) for part in caption.split(","))
    return ", ".join(part for part in parts if part)


def variants(caption: str, *, count: int, seed: int, keep: int = 1) -> list[str]:
    """Shuffle a tag list into up to `count` different orders, the given one first.

    The first `keep` tags stay where they are: they name the subject, or are the artist's trigger
    word. A sentence without commas has one order.
    """
    tags = tidy(caption).split(", ")
    head, rest = tags[:keep], tags[keep:]
    order, made = random.Random(seed), [", ".join((*head, *rest))]
    for _ in range(4 * count):
        if len(made) == count or len(rest) < 2:
            break
        order.shuffle(rest)
        shuffled = ", ".join((*head, *rest))
        if shuffled not in made:
            made.append(shuffled)
    return made
