"""What the base reads of an order."""

from __future__ import annotations

from typing import NamedTuple

from bot.services.drawing.russian import is_russian, translate
from bot.services.orders import DrawOrder
from bot.services.tasks import Translated, UnknownWord
from engine.base.tokens import KnownWords


class Words(NamedTuple):
    """What the base reads of an order, and the words of it that nobody was taught."""

    prompt: str
    negative: str | None
    unknown: tuple[UnknownWord, ...]
    translated: tuple[Translated, ...] = ()


def spell(order: DrawOrder, words: KnownWords | None, kept: frozenset[str] = frozenset()) -> Words:
    """Spell both texts with tags for Russian words, and with the base's own; list unknown ones.

    Words that are `kept` are no Russian ones: the styles were trained on them.
    """
    prompt = translate(order.prompt, kept)
    negative = None if order.negative is None else translate(order.negative, kept)
    texts = (prompt,) if negative is None else (prompt, negative)
    translated = dict.fromkeys(pair for text in texts for pair in text.translated)
    unknown = dict.fromkeys(word for text in texts for word in text.unknown)
    if words is not None:
        missed = words.unknown_words(", ".join(text.text for text in texts))
        unknown |= {
            UnknownWord(word=word, nearest=nearest): None
            for word, nearest in missed
            if not is_russian(word)  # it is named already
        }
    spelled = [text.text if words is None else words.spelled(text.text) for text in texts]
    return Words(
        prompt=spelled[0],
        negative=None if negative is None else spelled[1],
        unknown=tuple(unknown),
        translated=tuple(translated),
    )
