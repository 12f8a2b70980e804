"""The caption editor: a page of drawings with their words, and what can be done about them."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import discord

from bot.app import App
from bot.i18n import Texts
from bot.services.captions import CaptionPage
from cogs.ui.buttons import button
from cogs.ui.caption_sheet import page_sheet
from cogs.ui.caption_words import reading_line, unread_said
from cogs.ui.card import Card, Shown, card
from cogs.ui.wording import dotted, in_code, plain, plain_within, small
from data.models import Drawing

#: Four of them and everything else stay under Discord's 4,000 characters.
_CAPTION_CHARS: Final = 500
_UNREAD_CHARS: Final = 60
_FILE_CHARS: Final = 40
#: Between a dataset's id, which is lower case, and a page.
_PAGE: Final = "P"


def page_target(dataset_id: str, number: int) -> str:
    """Name a page of a dataset in a button's id."""
    return f"{dataset_id}{_PAGE}{number}"


def read_page_target(target: str) -> tuple[str, int]:
    """Read what `page_target` wrote; a bare id means the first page."""
    dataset_id, _, number = target.partition(_PAGE)
    return dataset_id, int(number) if number.isascii() and number.isdigit() else 0


async def caption_card(app: App, texts: Texts, page: CaptionPage, *, notice: str = "") -> Card:
    """Lay out one page, a `notice` first."""
    unread = await app.caption_lengths.unread(page.dataset.id)
    lines = [
        _line(texts, page.first + place, one, unread.ends.get(one.id, ""))
        for place, one in enumerate(page.shown, 1)
    ]
    return card(
        f"### {texts.say('captions.heading', style=plain(page.dataset.name))}",
        notice,
        reading_line(texts, page.reading),
        *lines,
        _training(texts, page),
        unread_said(texts, unread),
        _place(texts, page),
        pictures=await _sheet(app, page),
        rows=_rows(texts, page),
    )


def _line(texts: Texts, number: int, drawing: Drawing, unread: str) -> str:
    words = plain_within(drawing.caption, _CAPTION_CHARS) or f"*{texts.say('captions.none')}*"
    whose = texts.say(f"captions.by_{drawing.source}") if drawing.source else ""
    end = texts.say("captions.unread_end", words=plain(unread, _UNREAD_CHARS)) if unread else ""
    about = dotted(f"`{in_code(drawing.file_name, _FILE_CHARS)}`", whose, end)
    return f"**{number}** {words}\n{small(about)}"


def _training(texts: Texts, page: CaptionPage) -> str:
    """Say what a training makes of the captions, where that is not what stands there."""
    said: list[str] = []
    if page.settings.trigger:
        said.append(texts.say("captions.trigger", word=plain(page.settings.trigger)))
    if page.with_scores:
        kept = page.settings.keeps_scores
        key = "captions.scores_kept" if kept else "captions.scores_left_out"
        said.append(texts.say(key, count=page.with_scores))
    return "\n".join(said)


def _place(texts: Texts, page: CaptionPage) -> str:
    if page.pages == 1:
        return ""
    return small(texts.say("captions.page", page=page.number + 1, pages=page.pages))


async def _sheet(app: App, page: CaptionPage) -> list[Shown]:
    if not page.shown:
        return []
    paths = [app.blobs.path(drawing.sha256) for drawing in page.shown]
    copy = await asyncio.to_thread(page_sheet, paths, first=page.first + 1)
    said = " · ".join(drawing.caption for drawing in page.shown)
    return [Shown(name=f"captions.{copy.suffix}", data=copy.data, alt=said)]


def _rows(texts: Texts, page: CaptionPage) -> list[list[discord.ui.Button[Any]]]:
    """One row for the drawings, one for the set, one for going elsewhere."""
    dataset_id, is_sealed = page.dataset.id, page.dataset.sealed_ms is not None
    here, is_empty = page_target(dataset_id, page.number), not page.drawings
    edits = [
        button("capedit", one.id, texts, label=str(page.first + place), disabled=is_sealed)
        for place, one in enumerate(page.shown, 1)
    ]
    whole = [
        button("capall", here, texts, disabled=is_sealed or is_empty),
        button("capundo", here, texts, disabled=is_sealed or not page.can_undo),
        button("capout", dataset_id, texts, disabled=is_empty),
        button("capin", here, texts, disabled=is_sealed or is_empty),
    ]
    if page.with_scores:
        key = "button.leave_scores" if page.settings.keeps_scores else "button.keep_scores"
        whole.append(button("capscores", here, texts, label=texts.say(key), disabled=is_sealed))
    elsewhere = [
        button("captags", dataset_id, texts, disabled=is_empty),
        button("draft", dataset_id, texts, disabled=is_sealed),
    ]
    return [edits, whole, [*_turns(texts, page), *elsewhere]]


def _turns(texts: Texts, page: CaptionPage) -> list[discord.ui.Button[Any]]:
    """Keep both in their place on every page, so that a thumb can turn on and on."""
    if page.pages == 1:
        return []
    made: list[discord.ui.Button[Any]] = []
    for label, number in (("◀", page.number - 1), ("▶", page.number + 1)):
        is_there = 0 <= number < page.pages
        target = page_target(page.dataset.id, number if is_there else page.number)
        made.append(button("captions", target, texts, label=label, disabled=not is_there))
    return made
