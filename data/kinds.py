"""Kinds of drawings within a set: finished ones, sketches, whatever its artist calls them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from data.models import DrawingId


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind; with an empty name it is called by its number."""

    name: str = ""
    #: what captions of its drawings say beside their tags; empty for nothing
    word: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kinds:
    """All kinds of a set, numbered from 1, and which drawing is of which."""

    kinds: tuple[Kind, ...] = ()
    #: number of its kind; drawings that came later are of none
    of: Mapping[DrawingId, int] = field(default_factory=dict[DrawingId, int])

    def words(self) -> dict[DrawingId, str]:
        """Return the caption word of each drawing whose kind has one."""
        of_each = {one: self.kinds[number - 1].word for one, number in self.of.items()}
        return {one: word for one, word in of_each.items() if word}
