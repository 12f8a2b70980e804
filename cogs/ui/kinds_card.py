"""A draft's drawings by their kinds, and what can be done about them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import discord

from bot.app import App
from bot.i18n import Texts
from bot.services.kinds import Sorted
from cogs.ui.buttons import button
from cogs.ui.card import Card, Shown, card
from cogs.ui.kinds_sheet import Group, kinds_sheets
from cogs.ui.wording import dotted, plain, small


async def kinds_card(app: App, texts: Texts, found: Sorted, *, notice: str = "") -> Card:
    """Lay out the kinds, a `notice` first."""
    kinds = found.kinds.kinds
    lines = [_line(texts, found, number) for number in range(1, len(kinds) + 1)]
    rest = found.numbers(0)
    if kinds and rest:
        lines.append(texts.say("kinds.without", numbers=spans(rest)))
    return card(
        f"### {texts.say('kinds.heading', style=plain(found.dataset.name))}",
        notice,
        "\n".join(lines) or texts.say("kinds.none"),
        small(texts.say("kinds.about")),
        wide=await asyncio.to_thread(_sheets, app, texts, found),
        rows=_rows(texts, found),
    )


def _rows(texts: Texts, found: Sorted) -> list[list[discord.ui.Button[Any]]]:
    """One row for the kinds, one for all of them."""
    count, dataset_id = len(found.kinds.kinds), found.dataset.id
    each = [
        button("kind", kind_target(found, number), texts, label=kind_name(texts, found, number))
        for number in range(1, count + 1)
    ]
    if found.may_grow:
        each.append(button("kind", kind_target(found, count + 1), texts))
    if count:
        whole = button("kindclear", dataset_id, texts)
    else:
        whole = button("kindguess", dataset_id, texts, disabled=not found.drawings)
    return [each, [whole, button("draft", dataset_id, texts)]]


def kind_target(found: Sorted, number: int) -> str:
    """Name a kind of drawings that are sorted exactly so."""
    return f"{found.dataset.id}{found.mark}{number}"


def kind_name(texts: Texts, found: Sorted, number: int) -> str:
    """Return a kind's own name, or its number."""
    return found.kind(number).name or texts.say("kinds.numbered", number=number)


def kinds_said(texts: Texts, found: Sorted) -> str:
    """Say in one line which kinds there are; nothing when there are none."""
    named = [
        f"{plain(kind_name(texts, found, number))} ({len(found.numbers(number))})"
        for number in range(1, len(found.kinds.kinds) + 1)
    ]
    return texts.say("kinds.plan", kinds=", ".join(named)) if named else ""


def spans(numbers: Sequence[int]) -> str:
    """Write ascending numbers as `1-4, 7`, as they are typed."""
    said: list[str] = []
    first = 0
    for previous, number in pairwise((*numbers, 0)):
        first = first or previous
        if number != previous + 1:
            said.append(str(first) if first == previous else f"{first}-{previous}")
            first = 0
    return ", ".join(said)


def _line(texts: Texts, found: Sorted, number: int) -> str:
    name = f"**{plain(kind_name(texts, found, number))}**"
    word = found.kind(number).word
    said = texts.say("kinds.line", name=name, numbers=spans(found.numbers(number)))
    return dotted(said, texts.say("kinds.word", word=plain(word)) if word else "")


def _sheets(app: App, texts: Texts, found: Sorted) -> list[Shown]:
    groups = [
        _group(app, kind_name(texts, found, number), found, number)
        for number in range(1, len(found.kinds.kinds) + 1)
    ]
    if found.numbers(0):
        groups.append(
            _group(app, texts.say("kinds.without", numbers=spans(found.numbers(0))), found, 0)
        )
    return [
        Shown(name=f"kinds-{number}.{sheet.suffix}", data=sheet.data)
        for number, sheet in enumerate(kinds_sheets(groups), 1)
    ]


def _group(app: App, heading: str, found: Sorted, number: int) -> Group:
    paths = ((one, app.blobs.path(found.drawings[one - 1].sha256)) for one in found.numbers(number))
    return Group(heading=heading, drawings=tuple(paths))
