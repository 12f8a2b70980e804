"""A caption as a list of tags: how they are spelled, which come first, which are no description."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from engine.base.families import FAMILIES
from engine.captions.plain import tidy
from engine.captions.wd_tags import spelled
from engine.protocol import Captioned

MAX_CAPTION_CHARS: Final = 1000
#: What taggers see in other people's pictures of known characters: of no use for a style.
DEFAULT_BLACKLIST: Final = (
    "virtual youtuber",
    "parody",
    "style parody",
    "official alternate costume",
    "official alternate hairstyle",
    "official alternate hair length",
    "alternate costume",
    "alternate hairstyle",
    "alternate hair length",
    "alternate hair color",
)
#: Tags of Pony's language: their underscores are part of them.
_DIALECT: Final = re.compile(r"(score|source|rating)_[a-z0-9_]+")
_SCORE: Final = re.compile(r"score_\d(_up)?")
#: How many are in the picture: `1girl`, `2boys`, `6+others`, `multiple girls`.
_SUBJECT: Final = re.compile(r"(\d+\+?|multiple )(girl|boy|other)s?")
_QUALITY: Final = frozenset(
    tag
    for family in FAMILIES
    for words in family.scores.values()
    for tag in words.split(", ")
    if not _SCORE.fullmatch(tag)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TagRules:
    """Which of a tagger's tags become words of a caption."""

    #: folded, blanks for underscores
    blacklist: frozenset[str]
    #: whether characters are named
    characters: bool = False

    @classmethod
    def of(cls, more: Iterable[str] = (), *, characters: bool = False) -> TagRules:
        """Leave out `more` than the default list."""
        listed = (fold(tag) for tag in (*DEFAULT_BLACKLIST, *more))
        return cls(blacklist=frozenset(tag for tag in listed if tag), characters=characters)


def fold(tag: str) -> str:
    """Make tags comparable: case and underscores make no difference."""
    return " ".join(spelled_as_tag(tag).split()).casefold()


def spelled_as_tag(tag: str) -> str:
    """Write blanks for underscores, but leave faces and Pony's own tags as they are."""
    return tag if _DIALECT.fullmatch(tag.strip()) else spelled(tag)


def tags_of(caption: str) -> tuple[str, ...]:
    """Take a caption apart at its commas; each tag once, as it stands first."""
    tags: dict[str, str] = {}
    for tag in filter(None, tidy(caption).split(", ")):
        tags.setdefault(fold(tag), tag)
    return tuple(tags.values())


def joined(tags: Iterable[str]) -> str:
    """Put a caption together, cut after the last tag that still fits."""
    caption = ""
    for tag in tags:
        longer = f"{caption}, {tag}" if caption else tag
        if len(longer) > MAX_CAPTION_CHARS:
            break
        caption = longer
    return caption


def is_score(tag: str) -> bool:
    """Whether a tag says how good a picture is, in the language of any family."""
    folded = fold(tag)
    return bool(_SCORE.fullmatch(folded)) or folded in _QUALITY


def is_dialect(tag: str) -> bool:
    """Whether a tag is one of Pony's own: score, source, rating."""
    return bool(_DIALECT.fullmatch(fold(tag)))


def is_subject(tag: str) -> bool:
    """Whether a tag counts who is in the picture."""
    return bool(_SUBJECT.fullmatch(fold(tag)))


def caption_of(seen: Captioned, rules: TagRules) -> str:
    """Make the caption of what a captioner saw: who is there first, then the surest tag.

    Ratings are never part of it.
    """
    if seen.sentence:
        return tidy(seen.sentence)[:MAX_CAPTION_CHARS]
    chosen = {**seen.general, **(seen.characters if rules.characters else {})}
    kept = {tag: share for tag, share in chosen.items() if fold(tag) not in rules.blacklist}
    return joined(_ordered(kept))


def _ordered(shares: Mapping[str, float]) -> list[str]:
    return sorted(shares, key=lambda tag: (not is_subject(tag), -shares[tag]))
