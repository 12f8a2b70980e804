"""What is wrong with the drawings of a set, for the base that they will be trained on."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

from bot.decode.look import Look, look_from_json, thumb_picture
from bot.services.borders import without_borders
from data.looks import KeptLook
from data.models import Drawing, DrawingId
from engine.base.buckets import (
    Box,
    BucketRules,
    Size,
    crop_box,
    enlargement,
    kept_share,
    nearest_bucket,
)
from engine.measure.lookalikes import find_alike

#: A drawing may be enlarged so much before anybody sees it.
_ENLARGED_MOST: Final = 1.25
_BLURRED_FROM: Final = 1.5
#: Below it, squares and halos around lines are seen, and learned.
_JPEG_LEAST: Final = 60
#: Scaled down so far, they are gone.
_JPEG_SEEN_FROM: Final = 0.35
#: Two of the sample artists' 240 drawings have more.
_EMPTY_MOST: Final = 0.55
_KEPT_LEAST: Final = 0.8
_MARK_CHARS: Final = 8


class Trouble(StrEnum):
    """What may be wrong with drawings; each can be acted on."""

    ALIKE = "alike"  #: the same drawing twice, also mirrored, turned or cut
    SMALL = "small"  #: smaller than it will be shown to the base
    BLURRED = "blurred"  #: enlarged before it was handed over
    JPEG = "jpeg"  #: damaged by saving it too small
    EMPTY = "empty"  #: mostly empty border


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """One drawing as the training will see it."""

    #: as the contact sheet numbers it, from 1
    number: int
    drawing: Drawing
    bucket: Size
    #: what the bucket shows of it
    crop: Box
    #: share of its area that the bucket shows
    kept: float
    #: above 1 it is enlarged
    enlargement: float
    #: None for drawings from before anything was measured
    look: Look | None
    #: what a see-through drawing lies on
    paper: str | None
    #: whether its borders were cut off here
    is_cut: bool
    #: whether any border is left that may be cut off
    is_cuttable: bool

    @property
    def empty_share(self) -> float:
        """Share of its area that is border."""
        if self.look is None:
            return 0.0
        left, top, right, bottom = self.look.content
        return 1 - (right - left) * (bottom - top) / (self.drawing.width * self.drawing.height)

    @property
    def blur(self) -> float:
        """How far its real detail is enlarged for the base."""
        return self.enlargement * (1 if self.look is None else 2**self.look.halvings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """Everything about a set; the tuples hold its drawings in their order."""

    looked: tuple[Looked, ...]
    #: the better one of each pair first
    pairs: tuple[tuple[Looked, Looked], ...]

    def troubled(self, trouble: Trouble) -> tuple[Looked, ...]:
        """List the drawings that a button against this trouble acts on."""
        if trouble is Trouble.ALIKE:
            worse = {second.drawing.id for _, second in self.pairs}
            return tuple(one for one in self.looked if one.drawing.id in worse)
        return tuple(one for one in self.looked if _has(one, trouble))

    def mark(self, trouble: Trouble) -> str:
        """Name exactly these drawings in a few letters, so that an old card acts on no others."""
        ids = " ".join(one.drawing.id for one in self.troubled(trouble))
        return hashlib.sha256(f"{trouble} {ids}".encode()).hexdigest()[:_MARK_CHARS]

    @property
    def much_cut(self) -> tuple[Looked, ...]:
        """List the drawings of which the bucket shows too little, the worst first."""
        cut = (one for one in self.looked if one.kept < _KEPT_LEAST)
        return tuple(sorted(cut, key=lambda one: one.kept))

    @property
    def papers(self) -> tuple[str, ...]:
        """List what see-through drawings lie on."""
        return tuple(sorted({one.paper for one in self.looked if one.paper is not None}))

    @property
    def cut(self) -> tuple[Looked, ...]:
        """List the drawings whose borders were cut off."""
        return tuple(one for one in self.looked if one.is_cut)


def _has(one: Looked, trouble: Trouble) -> bool:
    look = one.look
    match trouble:
        case Trouble.SMALL:
            return one.enlargement > _ENLARGED_MOST
        case Trouble.BLURRED:
            return look is not None and look.halvings > 0 and one.blur > _BLURRED_FROM
        case Trouble.JPEG:
            damaged = look is not None and look.jpeg_quality < _JPEG_LEAST
            return damaged and one.enlargement > _JPEG_SEEN_FROM
        case Trouble.EMPTY:
            return one.is_cuttable and one.empty_share > _EMPTY_MOST
        case Trouble.ALIKE:
            return False  # not of one drawing alone


def find(
    drawings: Sequence[Drawing],
    looks: Mapping[DrawingId, KeptLook],
    rules: BucketRules,
    least: int,
) -> Findings:
    """Look at a whole set; takes about a second for 36 drawings the first time.

    No side of a drawing may be cut shorter than `least` pixels.
    """
    looked = tuple(
        _looked(number, drawing, looks.get(drawing.id), rules, least)
        for number, drawing in enumerate(drawings, 1)
    )
    return Findings(looked=looked, pairs=_pairs([one for one in looked if one.look is not None]))


def _looked(
    number: int, drawing: Drawing, kept: KeptLook | None, rules: BucketRules, least: int
) -> Looked:
    look = None if kept is None else look_from_json(kept.look_json)
    size = (drawing.width, drawing.height)
    bucket = nearest_bucket(*size, rules)
    return Looked(
        number=number,
        drawing=drawing,
        bucket=bucket,
        crop=crop_box(size, bucket),
        kept=kept_share(size, bucket),
        enlargement=enlargement(size, bucket),
        look=look,
        paper=None if kept is None else kept.paper,
        is_cut=kept is not None and kept.crop is not None,
        is_cuttable=look is not None
        and without_borders(look.content, size, least) != (0, 0, *size),
    )


def _pairs(looked: Sequence[Looked]) -> tuple[tuple[Looked, Looked], ...]:
    found = _alike(tuple(one.look for one in looked if one.look is not None))
    pairs = ((looked[first], looked[second]) for first, second in found)
    return tuple((min(pair, key=_worth), max(pair, key=_worth)) for pair in pairs)


def _worth(one: Looked) -> tuple[float, int]:
    """Put the larger one first, by its real detail; of equal ones the earlier."""
    return one.blur, one.number


@lru_cache(maxsize=64)
def _alike(looks: tuple[Look, ...]) -> tuple[tuple[int, int], ...]:
    pairs = find_alike([thumb_picture(look) for look in looks])
    return tuple((pair.first, pair.second) for pair in pairs)


def forget_looks() -> None:
    """Keep nothing in memory of any drawing."""
    _alike.cache_clear()
