"""The one message of a training, in every state of its job."""

from __future__ import annotations

import dataclasses
from typing import Any, Final, assert_never

import discord

from bot.app import App
from bot.i18n import Texts
from bot.services.jobs import JobView
from bot.services.theatre import numbered
from cogs.ui.buttons import button
from cogs.ui.card import Card, card
from cogs.ui.tasks import train_task
from cogs.ui.theatre.scenes import Theatre
from cogs.ui.wording import (
    ACCENTS,
    bar,
    dotted,
    eta,
    failure,
    mention,
    plain,
    queue_line,
    small,
)
from data.models import JobState

_FILE_CHARS: Final = 60


async def train_card(app: App, view: JobView) -> Card:
    """Lay out a training: how far it is, what it draws by now, and at the end whose it is."""
    texts = Texts(view.job.locale)
    scenes = await Theatre(app, view, texts).play()
    laid_out = card(
        _heading(texts, view),
        *_state(texts, view),
        *scenes.parts,
        buttons=_buttons(texts, view),
        colour=ACCENTS[view.job.state],
    )
    return dataclasses.replace(laid_out, pictures=scenes.pictures)


def _heading(texts: Texts, view: JobView) -> str:
    task = train_task(view)
    key = "brought.title" if task.is_brought else "train.title"
    if view.job.state is JobState.DONE:
        key = "train.title_done"
    elsewhere = texts.say("brought.elsewhere", file=plain(task.source_file, _FILE_CHARS))
    facts = dotted(
        texts.say("train.by", person=mention(view.job.owner_id)),
        texts.say("count.drawings", count=task.drawings),
        elsewhere if task.is_brought else texts.say("count.steps", count=task.recipe.steps),
    )
    return f"### {texts.say(key, style=plain(task.style_name))}\n{small(facts)}"


def _state(texts: Texts, view: JobView) -> list[str]:
    job = view.job
    match job.state:
        case JobState.QUEUED:
            return [queue_line(texts, view.position)]
        case JobState.RUNNING:
            return [_running(texts, view)]
        case JobState.DONE:
            return [_done(texts, view)]
        case JobState.FAILED:
            key = "brought.failed" if train_task(view).is_brought else "train.failed"
            return [texts.say(key, reason=failure(texts, job)), small(job.id)]
        case JobState.CANCELLED:
            key = "brought.cancelled" if train_task(view).is_brought else "train.cancelled"
            return [texts.say(key), small(job.id)]
        case _:
            assert_never(job.state)


def _running(texts: Texts, view: JobView) -> str:
    job = view.job
    if not job.step:
        return texts.say("train.starting")
    said = texts.say("train.running", step=job.step, steps=job.steps)
    lines = [bar(job.step, job.steps), small(dotted(said, eta(texts, job)))]
    if view.parts is not None:
        key = "train.short_slower" if view.parts == 1 else "train.short"
        lines.append(small(texts.say(key, parts=view.parts)))
    return "\n".join(lines)


def _done(texts: Texts, view: JobView) -> str:
    name = plain(view.style_name or train_task(view).style_name)
    said = [texts.say("train.done", style=name), _whose(texts, view), _measured(texts, view)]
    return "\n".join(filter(None, said))


def _measured(texts: Texts, view: JobView) -> str:
    """Give the one figure of a style that was trained elsewhere; a training has a curve."""
    losses = [one.held_out_loss for one in view.checkpoints if one.held_out_loss is not None]
    if not train_task(view).is_brought or not losses:
        return ""
    return small(texts.say("brought.measured", loss=f"{losses[-1]:.4f}"))


def _whose(texts: Texts, view: JobView) -> str:
    """Say who draws with the version that was trained, or with which other one."""
    if view.shared_number is None or view.version is None:
        return texts.say("train.done_private", person=mention(view.job.owner_id))
    own, shared = view.version.number, view.shared_number
    if own == shared:
        return texts.say("train.done_shared")
    return texts.say("train.done_other", own=own, shared=shared)


def _buttons(texts: Texts, view: JobView) -> list[discord.ui.Button[Any]]:
    job = view.job
    if not job.state.is_terminal:
        return [button("cancel", job.id, texts)]
    if job.state is not JobState.DONE or view.style is None or view.version is None:
        return []
    buttons = [button("file", job.id, texts)]
    if len(numbered(view.checkpoints)) > 1:
        buttons.append(button("choose", job.id, texts))
    buttons.append(button("weights", job.id, texts))
    if view.style.guild_id is None:
        return buttons
    return [
        button("share", job.id, texts, disabled=view.version.shared_ms is not None),
        button("private", job.id, texts),
        *buttons,
    ]
