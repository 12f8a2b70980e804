"""What the base reads of an order."""

from __future__ import annotations

from typing import NamedTuple

from bot.services.orders import DrawOrder
from bot.services.tasks import UnknownWord
from engine.base.tokens import KnownWords


class Words(NamedTuple):
    """What the base reads of an order, and the words of it that it was never taught."""

    prompt: str
    negative: str | None
    unknown: tuple[UnknownWord, ...]


def spell(order: DrawOrder, words: KnownWords | None) -> Words:
    """Spell both texts with the base's own words; list those that it does not know."""
    negative = order.negative
    if words is None:
        return Words(order.prompt, negative, ())
    missed = words.unknown_words(f"{order.prompt}, {negative or ''}")
    return Words(
        prompt=words.spelled(order.prompt),
        negative=negative if negative is None else words.spelled(negative),
        unknown=tuple(UnknownWord(word=word, nearest=nearest) for word, nearest in missed),
    )
