"""The card that an artist sees before any training: what is here, what was refused, how long."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Final

import discord

from bot.app import App
from bot.errors import UserError
from bot.i18n import Texts
from bot.services.datasets import IntakeReport
from bot.services.recipes import USUAL
from bot.services.trainplan import TrainPlan
from bot.tree import worded
from cogs.ui.buttons import button
from cogs.ui.caption_words import reading_said, unread_said
from cogs.ui.card import Card, Part, card
from cogs.ui.draft_sheet import SHEETS_DRAWINGS
from cogs.ui.kinds_card import kinds_said
from cogs.ui.mend_card import mend_parts, sheets
from cogs.ui.recipe_words import spelled
from cogs.ui.refusals import notes_said, refused_said
from cogs.ui.wording import duration, plain, small
from data.models import Drawing

#: Discord takes 4,000 in all; of a large set the numbers of drawings are longer than reckoned.
_CARD_CHARS: Final = 3_900
_RECIPE_CHARS: Final = 120
_CAPTION_CHARS: Final = 120
_FILE_CHARS: Final = 60


async def intake_card(app: App, texts: Texts, report: IntakeReport, *, notice: str = "") -> Card:
    """Lay out a draft and what became of the files just handed over, a `notice` first."""
    dataset = report.dataset
    try:
        plan: TrainPlan | UserError = await app.trainings.plan(dataset.id, dataset.owner_id)
    except UserError as error:
        plan = error
    findings = await app.mending.findings(dataset.id)
    said = [
        f"### {texts.say('train.heading', style=plain(dataset.name))}",
        notice,
        _counts(texts, report),
        kinds_said(texts, await app.kinds.sorted(dataset.id, dataset.owner_id)),
        await reading_said(app, texts, dataset.id),
        unread_said(texts, await app.caption_lengths.unread(dataset.id)),
    ]
    planned = _plan(texts, plan) if report.drawings else texts.say("train.empty")
    mends = mend_parts(texts, dataset.id, findings)
    notes = notes_said(texts, report.notes)
    # What is wrong with files that are not here is told as far as the rest leaves room for it.
    room = _CARD_CHARS - _chars([*said, notes, planned, *mends])
    return card(
        # Discord takes 40 parts in a message: all that has no button beside it is one of them
        _lines(*said, refused_said(texts, report.refused, room), notes, planned),
        *mends,
        wide=await asyncio.to_thread(sheets, app, findings),
        buttons=[
            *_buttons(texts, report, plan if isinstance(plan, TrainPlan) else None),
            # what is too large for Discord, where the host opened a page for it
            *([button("upload", dataset.id, texts)] if app.files_page.is_open else []),
        ],
    )


def _lines(*said: str) -> str:
    return "\n".join(filter(None, said))


def _counts(texts: Texts, report: IntakeReport) -> str:
    lines: list[str] = []
    if report.accepted and len(report.accepted) < len(report.drawings):
        lines.append(texts.say("train.accepted", count=len(report.accepted)))
    if report.drawings:
        lines.append(texts.say("train.kept", count=len(report.drawings)))
        if len(report.drawings) > SHEETS_DRAWINGS:
            lines.append(texts.say("train.newest_shown", shown=SHEETS_DRAWINGS))
        lines.append(_captions(texts, report.drawings))
    return " ".join(lines)


def _captions(texts: Texts, drawings: Sequence[Drawing]) -> str:
    worded = [drawing.caption for drawing in drawings if drawing.caption]
    bare = len(drawings) - len(worded)
    said = texts.say("train.captions_some", count=bare) if bare else texts.say("train.captions_all")
    if not worded:
        return said
    example = texts.say("train.captions_example", caption=plain(worded[-1], _CAPTION_CHARS))
    return f"{said}\n{small(example)}"


def _chars(parts: Sequence[Part]) -> int:
    """Count the letters of parts, as Discord does."""
    texts = [part for part in parts if isinstance(part, str)]
    sections = (part for part in parts if isinstance(part, discord.ui.Section))
    for section in sections:
        texts += [
            inner.content for inner in section.children if isinstance(inner, discord.ui.TextDisplay)
        ]
    return sum(map(len, texts))


def _plan(texts: Texts, plan: TrainPlan | UserError) -> str:
    if isinstance(plan, UserError):
        return worded(texts, plan, "the plan of a training")
    if plan.brought is not None:
        return _brought(texts, plan, plan.brought)
    trained_on = plan.drawings - plan.held_out
    facts = {"exposures": plan.exposures, "batch": plan.batch}
    said = [_length(texts, plan), _memory(texts, plan)]
    said.append(texts.say("train.plan_why", count=trained_on, **facts))
    if plan.base is not None:
        said.append(texts.say("train.plan_base", base=plain(plan.base)))
    if plan.recipe != USUAL:
        said.append(texts.say("course.plan", recipe=spelled(plan.recipe, _RECIPE_CHARS)))
    if plan.variants is not None:
        crops, captions = plan.variants
        said.append(texts.say("train.plan_variants", crops=crops, captions=captions))
    if plan.on_all:
        said.append(texts.say("train.plan_on_all"))
    if plan.held_out:
        said.append(texts.say("train.plan_held_out", count=plan.held_out))
    if plan.number > 1:
        name = plain(plan.dataset.name)
        said.append(texts.say("train.plan_version", number=plan.number, style=name))
    return " ".join(filter(None, said))


def _brought(texts: Texts, plan: TrainPlan, file: str) -> str:
    """Say what is made of a style that was trained elsewhere."""
    name = plain(plan.dataset.name)
    said = [texts.say("brought.plan", file=plain(file, _FILE_CHARS), style=name)]
    if plan.base is not None:
        said.append(texts.say("brought.plan_base", base=plain(plan.base)))
    if plan.held_out:
        said.append(texts.say("brought.plan_held_out", count=plan.held_out))
    return " ".join(said)


def _length(texts: Texts, plan: TrainPlan) -> str:
    """Say how long it takes, and in minutes only what was measured here."""
    steps = texts.say("count.steps", count=plan.steps)
    if plan.seconds is None:
        return texts.say("train.plan_unmeasured", steps=steps)
    return texts.say("train.plan", duration=duration(texts, plan.seconds), steps=steps)


def _memory(texts: Texts, plan: TrainPlan) -> str:
    if plan.memory_bytes is None:
        return ""
    key = "train.plan_memory_gpu" if plan.on_gpu else "train.plan_memory"
    return texts.say(key, gigabytes=_gigabytes(texts, plan.memory_bytes))


def _gigabytes(texts: Texts, size_bytes: int) -> str:
    """Round up: two digits are more than the estimate knows."""
    tenths = -(-size_bytes * 10 // 10**9)
    point = "," if texts.language == "ru" else "."
    return f"{tenths // 10}{point}{tenths % 10}" if tenths < 100 else str(-(-tenths // 10))


def _buttons(
    texts: Texts, report: IntakeReport, plan: TrainPlan | None
) -> list[discord.ui.Button[Any]]:
    dataset_id = report.dataset.id
    shown = [
        button("start", dataset_id, texts, disabled=plan is None),
        button("more", dataset_id, texts),
        button("captions", dataset_id, texts, disabled=not report.drawings),
        button("kinds", dataset_id, texts, disabled=not report.drawings),
    ]
    if plan is not None and plan.brought is not None:  # nothing is trained: no more to choose
        return [*shown, button("discard", dataset_id, texts)]
    if plan is not None and (plan.held_out or plan.on_all):
        label = texts.say("button.keep_aside" if plan.on_all else "button.train_on_all")
        shown.append(button("aside", f"{dataset_id}{int(plan.on_all)}", texts, label=label))
    return [*shown, button("course", dataset_id, texts), button("discard", dataset_id, texts)]


def where_card(texts: Texts, plan: TrainPlan) -> Card:
    """Ask once where to train, and say what starting means."""
    dataset, brought = plan.dataset, plan.brought is not None
    where = texts.say("brought.where" if brought else "train.where")
    open_label = texts.say("button.show_openly") if brought else None
    return card(
        f"### {texts.say('train.heading', style=plain(dataset.name))}",
        _plan(texts, plan),
        f"**{where}**\n- {texts.say('train.where_open')}\n- {texts.say('train.where_quiet')}",
        small(texts.say("brought.consent" if brought else "train.consent")),
        buttons=[
            button("open", dataset.id, texts, label=open_label),
            button("quiet", dataset.id, texts),
            button("draft", dataset.id, texts),
        ],
    )
