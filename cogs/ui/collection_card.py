"""A set of drawings, page by page."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import discord

from bot.app import App
from bot.i18n import Texts
from bot.services.collection import PAGE_DRAWINGS, DrawingSet
from cogs.ui.buttons import button
from cogs.ui.card import Card, card
from cogs.ui.mend_card import sheets_of
from cogs.ui.wording import in_code, plain, relative, small
from data.models import DatasetId, Drawing

_CAPTION_CHARS: Final = 90
_FILE_CHARS: Final = 40


async def collection_card(
    app: App, texts: Texts, shown: DrawingSet, *, page: int = 0, notice: str = ""
) -> Card:
    """Lay out one page, counted from 0; one that is gone shows the last."""
    page = max(0, min(page, shown.pages - 1))
    first = page * PAGE_DRAWINGS
    findings = await app.mending.findings(shown.dataset.id)
    looked = findings.looked[first : first + PAGE_DRAWINGS]
    listed = shown.drawings[first : first + PAGE_DRAWINGS]
    lines = [_line(texts, first + at, drawing) for at, drawing in enumerate(listed, 1)]
    return card(
        f"### {texts.say('train.heading', style=plain(shown.dataset.name))}",
        notice,
        _state(texts, shown),
        "\n".join(lines),
        small(texts.say("drawings.page", page=page + 1, pages=shown.pages)),
        pictures=await asyncio.to_thread(sheets_of, app, looked),
        buttons=_buttons(texts, shown, page),
    )


def _state(texts: Texts, shown: DrawingSet) -> str:
    dataset, count = shown.dataset, len(shown.drawings)
    if dataset.sealed_ms is None:
        return texts.say("drawings.open", count=count, when=relative(dataset.created_ms))
    return texts.say("drawings.sealed", count=count, when=relative(dataset.sealed_ms))


def _line(texts: Texts, number: int, drawing: Drawing) -> str:
    name = in_code(drawing.file_name, _FILE_CHARS)
    words = plain(drawing.caption, _CAPTION_CHARS) or texts.say("drawings.no_words")
    return f"**{number}** `{name}` {words}"


def _buttons(texts: Texts, shown: DrawingSet, page: int) -> list[discord.ui.Button[Any]]:
    dataset_id = shown.dataset.id
    turns = [
        _turn(texts, dataset_id, "◀", page - 1, is_there=page > 0),
        _turn(texts, dataset_id, "▶", page + 1, is_there=page + 1 < shown.pages),
    ]
    packed = button("zip", dataset_id, texts, disabled=not shown.drawings)
    if not shown.is_draft:
        return [*turns, packed, button("anew", dataset_id, texts)]
    drop = button("drop", f"{dataset_id}{shown.mark}", texts, disabled=not shown.drawings)
    more, back = button("more", dataset_id, texts), button("draft", dataset_id, texts)
    back.label = texts.say("drawings.to_card")
    return [*turns, drop, more, packed, back]


def _turn(
    texts: Texts, dataset_id: DatasetId, label: str, page: int, *, is_there: bool
) -> discord.ui.Button[Any]:
    # No two buttons of a message may have one name: no page has number 999 either.
    target = f"{dataset_id}{page if page >= 0 else 999:03}"
    return button("page", target, texts, label=label, disabled=not is_there)
