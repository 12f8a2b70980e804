"""What is said about the captions of a draft, on its card and in the editor."""

from __future__ import annotations

from typing import Final

from bot.app import App
from bot.errors import UserError
from bot.i18n import Texts
from bot.services.captions_length import Unread
from bot.services.captions_reading import Reading
from bot.tree import worded
from data.models import DatasetId

#: So many drawings are named; of the rest that there are more.
_NUMBERS_MOST: Final = 12


async def reading_said(app: App, texts: Texts, dataset_id: DatasetId) -> str:
    """Say how far the captions of this draft are; "" when there is nothing to say."""
    return reading_line(texts, await app.reader.reading(dataset_id))


def reading_line(texts: Texts, reading: Reading) -> str:
    """Say who captions the drawings, and how many are done; "" when nobody did or will."""
    if reading.waiting:
        return texts.say("captions.reading", count=reading.read, of=reading.read + reading.waiting)
    if reading.refusal is not None and reading.bare:
        key, facts = reading.refusal
        why = worded(texts, UserError(key, **facts), "captions")
        return texts.say("captions.stopped", reason=why)
    if reading.captioner is None and reading.bare:
        return texts.say("captions.nobody_reads")
    # The rows say whose words they are; what reads here today may be another.
    told = (
        ("captions.read_by_tagger", reading.read - reading.by_blip),
        ("captions.read_by_blip", reading.by_blip),
    )
    return " ".join(texts.say(key, count=count) for key, count in told if count)


def unread_said(texts: Texts, unread: Unread) -> str:
    """Say which captions a training does not read to their end; empty when it reads all."""
    if not unread.numbers:
        return ""
    shown = ", ".join(map(str, unread.numbers[:_NUMBERS_MOST]))
    more = " …" if len(unread.numbers) > _NUMBERS_MOST else ""
    facts = {"tokens": unread.tokens, "numbers": shown + more}
    return texts.say("captions.unread", count=len(unread.numbers), **facts)
