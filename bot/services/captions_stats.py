"""What the tags of a set tell: pure functions over captions, for the card."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from bot.services.captions_tags import fold, tags_of

#: Fewer drawings say nothing about a set.
LEAST: Final = 4
MOST_SHOWN: Final = 20
PAIRS_SHOWN: Final = 8
#: A tag on so many drawings teaches nothing: the style takes it over.
EVERYWHERE: Final = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class TagCount:
    """How many drawings have a tag."""

    tag: str
    count: int

    @property
    def mark(self) -> str:
        """A short name of the tag that fits a button."""
        return mark_of(self.tag)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two tags that no drawing has one of without the other."""

    first: str
    second: str
    count: int
    #: log2 p(both) / (p(first) p(second)): how much more often than by chance
    pmi: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TagStats:
    """The tags of a set."""

    drawings: int
    #: how many different tags there are
    different: int
    frequent: tuple[TagCount, ...]
    together: tuple[Pair, ...]
    everywhere: tuple[TagCount, ...]


def tag_stats(captions: Iterable[str]) -> TagStats:
    """Count; a tag is the same in every spelling, shown as it is written first."""
    drawn = [tags_of(caption) for caption in captions]
    shown: dict[str, str] = {}
    for tag in (tag for tags in drawn for tag in tags):
        shown.setdefault(fold(tag), tag)
    sets = [frozenset(map(fold, tags)) for tags in drawn]
    counts = Counter(key for tags in sets for key in tags)
    ranked = sorted(counts, key=lambda key: (-counts[key], key))
    listed = [TagCount(tag=shown[key], count=counts[key]) for key in ranked]
    return TagStats(
        drawings=len(sets),
        different=len(counts),
        frequent=tuple(listed[:MOST_SHOWN]),
        together=_together(sets, counts, shown),
        everywhere=tuple(one for one in listed if _is_everywhere(one.count, len(sets))),
    )


def mark_of(tag: str) -> str:
    """Name a tag shortly, the same for every spelling."""
    return hashlib.sha256(fold(tag).encode()).hexdigest()[:8]


def _is_everywhere(count: int, drawings: int) -> bool:
    return drawings >= LEAST and count >= EVERYWHERE * drawings


def _together(
    sets: Sequence[frozenset[str]], counts: Counter[str], shown: dict[str, str]
) -> tuple[Pair, ...]:
    """Find pairs on at least four drawings, the least accidental first.

    Tags on every drawing are together by that alone: their PMI is 0, and they are left out.
    """
    likely = sorted(key for key, count in counts.items() if LEAST <= count < len(sets))
    pairs: list[Pair] = []
    for first, second in combinations(likely, 2):
        count = counts[first]
        if counts[second] == count and all((first in s) == (second in s) for s in sets):
            pmi = math.log2(count * len(sets) / (count * counts[second]))
            pairs.append(Pair(first=shown[first], second=shown[second], count=count, pmi=pmi))
    return tuple(sorted(pairs, key=lambda one: (-one.pmi, one.first))[:PAIRS_SHOWN])
