"""What the tagger can say, and which tags answer the same question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.builtin.vocabulary import (
    BACKGROUNDS,
    COLOURS,
    EXPRESSIONS,
    FRAMINGS,
    LENGTHS,
    PARTS,
    POSES,
    SUBJECTS,
    all_tags,
)

#: Every drawing of the generator is `general`.
RATINGS: Final = ("general", "sensitive", "questionable", "explicit")
TOGETHER: Final = {
    "rating": RATINGS,
    "subject": (*SUBJECTS, "no humans", "animal ears"),
    "length": LENGTHS,
    "expression": EXPRESSIONS,
    "framing": FRAMINGS,
    "pose": POSES,
    "place": BACKGROUNDS,
    # each thing has one coloured part: all of them lie in the middle of the picture
    "part": tuple(noun for noun, _ in PARTS.values() if noun != "fur"),
}
NO_COLOUR: Final = len(COLOURS)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Labels:
    """The tagger's outputs in order, ratings first, as WD's lists have them."""

    names: tuple[str, ...]
    groups: tuple[str, ...]
    #: (names,) which group answers it
    group: NDArray[np.int64]
    #: (names,) the place of its colour in the palette, `NO_COLOUR` for none
    colour: NDArray[np.int64]

    def rows(self, pictures: Sequence[tuple[str, ...]]) -> NDArray[np.float32]:
        """Spell tags as (pictures, names) of 0 and 1."""
        place = {name: number for number, name in enumerate(self.names)}
        rows = np.zeros((len(pictures), len(self.names)), np.float32)
        rows[:, 0] = 1
        for row, tags in zip(rows, pictures, strict=True):
            row[[place[tag] for tag in tags]] = 1
        return rows


def _split(name: str) -> tuple[str, int]:
    """Find what a tag is about, and which colour it says."""
    first, _, noun = name.partition(" ")
    coloured = bool(noun) and first in COLOURS and name not in BACKGROUNDS
    subject = noun if coloured else name
    group = next((group for group, tags in TOGETHER.items() if subject in tags), subject)
    return group, list(COLOURS).index(first) if coloured else NO_COLOUR


def all_labels() -> Labels:
    """List the ratings and every tag of the generator."""
    names = (*RATINGS, *all_tags())
    split = [_split(name) for name in names]
    groups = tuple(dict.fromkeys(group for group, _ in split))
    return Labels(
        names=names,
        groups=groups,
        group=np.asarray([groups.index(group) for group, _ in split]),
        colour=np.asarray([colour for _, colour in split]),
    )
