"""What is wrong with a draft's drawings, each trouble beside the button that acts on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import discord

from bot.app import App
from bot.i18n import Texts
from bot.services.collection import PAGE_DRAWINGS
from bot.services.findings import Findings, Looked, Trouble
from bot.services.mending import PAPERS
from cogs.ui.buttons import button
from cogs.ui.card import Card, Shown, card
from cogs.ui.draft_sheet import PAIRS_MOST, SHEETS_DRAWINGS, Shot, draft_sheets, pair_sheet
from data.models import DatasetId

#: So many numbers are listed; of the rest that there are more.
_NUMBERS_MOST: Final = 12


def target_of(dataset_id: DatasetId, findings: Findings, trouble: Trouble) -> str:
    """Name a trouble of exactly these drawings for a button."""
    return f"{dataset_id}{findings.mark(trouble)}{trouble[0]}"


def mend_parts(
    texts: Texts, dataset_id: DatasetId, findings: Findings
) -> list[discord.ui.Item[Any]]:
    """Lay out all that was found, the gravest first; empty when nothing was."""
    parts: list[discord.ui.Item[Any]] = []
    for trouble in Trouble:
        troubled = findings.troubled(trouble)
        if troubled:
            label = texts.say(f"mend.do_{trouble}")
            target = target_of(dataset_id, findings, trouble)
            press = button("mend", target, texts, label=label)
            parts.append(_beside(_found(texts, findings, trouble, troubled), press))
    if findings.cut:
        said = texts.say("mend.cut", count=len(findings.cut), numbers=_numbers(findings.cut))
        parts.append(_beside(said, button("uncut", dataset_id, texts)))
    if findings.papers:
        parts.append(_beside(_papers(texts, findings), button("paper", dataset_id, texts)))
    if findings.much_cut:
        page = (findings.much_cut[0].number - 1) // PAGE_DRAWINGS
        look = button("page", f"{dataset_id}{page:03}", texts, label=texts.say("mend.do_look"))
        parts.append(_beside(_much_cut(texts, findings), look))
    return parts


def _beside(said: str, press: discord.ui.Button[Any]) -> discord.ui.Section[Any]:
    return discord.ui.Section(said, accessory=press)


def _found(texts: Texts, findings: Findings, trouble: Trouble, troubled: Sequence[Looked]) -> str:
    count, numbers = len(troubled), _numbers(troubled)
    match trouble:
        case Trouble.ALIKE:
            pairs = [f"{first.number} = {second.number}" for first, second in findings.pairs]
            return texts.say("mend.find_alike", count=len(pairs), pairs=_some(pairs))
        case Trouble.SMALL:
            factor = _decimal(texts, max(one.enlargement for one in troubled))
            return texts.say("mend.find_small", count=count, factor=factor, numbers=numbers)
        case Trouble.BLURRED:
            return texts.say("mend.find_blurred", count=count, numbers=numbers)
        case Trouble.JPEG:
            worst = min(one.look.jpeg_quality for one in troubled if one.look is not None)
            return texts.say("mend.find_jpeg", count=count, quality=worst, numbers=numbers)
        case Trouble.EMPTY:
            percent = _percent(max(one.empty_share for one in troubled))
            return texts.say("mend.find_empty", count=count, percent=percent, numbers=numbers)


def _much_cut(texts: Texts, findings: Findings) -> str:
    much_cut = findings.much_cut
    percent = _percent(1 - much_cut[0].kept)
    numbers = _some([f"{one.number} (−{_percent(1 - one.kept)} %)" for one in much_cut])
    said = texts.say("mend.much_cut", count=len(much_cut), percent=percent, numbers=numbers)
    framed = all(one in _on_sheet(findings) for one in much_cut)
    return f"{said} {texts.say('mend.frames' if framed else 'mend.frames_on_pages')}"


def _on_sheet(findings: Findings) -> tuple[Looked, ...]:
    return findings.looked[-SHEETS_DRAWINGS:]


def _papers(texts: Texts, findings: Findings) -> str:
    count = sum(one.paper is not None for one in findings.looked)
    named = ", ".join(paper_name(texts, paper) for paper in findings.papers)
    return texts.say("mend.paper", count=count, paper=named)


def paper_name(texts: Texts, paper: str) -> str:
    """Word a paper (`#rrggbb`)."""
    for name, colour in PAPERS.items():
        if colour == paper:
            return texts.say(f"mend.on_{name}")
    return texts.say("mend.on_colour", colour=f"`{paper}`")


def paper_card(texts: Texts, dataset_id: DatasetId) -> Card:
    """Ask which paper see-through drawings lie on."""
    lays = [
        button("lay", f"{dataset_id}{colour[1:]}", texts, label=texts.say(f"mend.lay_{name}"))
        for name, colour in PAPERS.items()
    ]
    return card(
        f"### {texts.say('mend.paper_title')}",
        texts.say("mend.paper_about"),
        buttons=[*lays, button("hex", dataset_id, texts), button("draft", dataset_id, texts)],
    )


def sheets(app: App, findings: Findings) -> list[Shown]:
    """Draw the newest drawings, and the pairs that look alike; takes tenths of a second."""
    shown = sheets_of(app, _on_sheet(findings))
    if findings.pairs:
        pairs = pair_sheet([(_shot(app, a), _shot(app, b)) for a, b in findings.pairs[:PAIRS_MOST]])
        shown.append(Shown(name=f"pairs.{pairs.suffix}", data=pairs.data))
    return shown


def sheets_of(app: App, looked: Sequence[Looked]) -> list[Shown]:
    """Draw these drawings as contact sheets; none when there are none."""
    made = draft_sheets([_shot(app, one) for one in looked])
    return [
        Shown(name=f"drawings-{number}.{sheet.suffix}", data=sheet.data)
        for number, sheet in enumerate(made, 1)
    ]


def _shot(app: App, one: Looked) -> Shot:
    path = app.blobs.path(one.drawing.sha256)
    return Shot(number=one.number, path=path, crop=one.crop, kept=one.kept)


def _numbers(troubled: Sequence[Looked]) -> str:
    return _some([str(one.number) for one in troubled])


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:_NUMBERS_MOST]) + (" …" if len(names) > _NUMBERS_MOST else "")


def _percent(share: float) -> int:
    return round(100 * share)


def _decimal(texts: Texts, value: float) -> str:
    shown = f"{value:.1f}"
    return shown.replace(".", ",") if texts.language == "ru" else shown
