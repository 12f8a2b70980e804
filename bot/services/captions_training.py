"""Captions as a training reads them: the trigger word first, in the language of the base."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping
from typing import Final

from bot.services.captions_tags import (
    fold,
    is_dialect,
    is_score,
    joined,
    spelled_as_tag,
    tags_of,
)
from data.captions import CaptionSettings
from data.models import (
    Drawing,
    DrawingId,
)
from engine.base.families import Dialect, dialect_of

_COUNTED: Final = re.compile(r"(\d+)(\+?)(girl|boy)s?")
_NUMBERS: Final = ("no", "a", "two", "three", "four", "five", "six")
#: Tags of boards that say nothing in a sentence.
_SILENT: Final = frozenset({"solo", "solo focus", "commentary", "highres", "absurdres"})


def for_training(
    drawings: Iterable[Drawing],
    settings: CaptionSettings,
    family: str,
    words: Mapping[DrawingId, str],
) -> tuple[Drawing, ...]:
    """Give the drawings the captions that a training on a base of this family reads.

    `words` are those of the drawings' kinds.
    """
    return tuple(
        dataclasses.replace(
            one,
            caption=training_caption(one.caption, settings, family, words.get(one.id, "")),
        )
        for one in drawings
    )


def training_caption(
    caption: str, settings: CaptionSettings, family: str, kind_word: str = ""
) -> str:
    """Leave out score tags unless they are kept, and word the rest for the family.

    The trigger word stands first, then the word of the drawing's kind, each once.

    Tags lose their underscores, except faces; tags of Pony's own keep theirs, and are left out for
    a base that never heard them. A base that was taught sentences is told `a girl` for `1girl`.
    """
    dialect = dialect_of(family)
    kept = [tag for tag in tags_of(caption) if settings.keeps_scores or not is_score(tag)]
    if dialect is not Dialect.PONY:
        kept = [tag for tag in kept if not is_dialect(tag)]
    words = [spelled_as_tag(tag) for tag in kept]
    if dialect is Dialect.SENTENCES:
        words = [_said(tag) for tag in words if fold(tag) not in _SILENT]
    for first in filter(None, (kind_word, settings.trigger)):
        words = [first, *(word for word in words if fold(word) != fold(first))]
    return joined(words)


def count_with_scores(captions: Iterable[str]) -> int:
    """Count the captions that hold score tags."""
    return sum(any(is_score(tag) for tag in tags_of(caption)) for caption in captions)


def _said(tag: str) -> str:
    counted = _COUNTED.fullmatch(fold(tag))
    if counted is None:
        return tag
    number, more, who = int(counted[1]), counted[2], counted[3]
    if more or number >= len(_NUMBERS):
        return f"many {who}s"
    return f"{_NUMBERS[number]} {who}{'' if number == 1 else 's'}"
