"""The one message of a `/draw`, in every state of its job."""

from __future__ import annotations

import asyncio
from typing import Any, Final, assert_never

import discord

from bot.app import App
from bot.i18n import Texts
from bot.services.base import Base
from bot.services.drawing.russian import is_russian
from bot.services.files.room import USUAL_BYTES, room_each
from bot.services.jobs import JobView
from bot.services.numbering import split_number, with_number
from bot.services.stacks import weight_text
from bot.services.tasks import DrawTask, Translated, UnknownWord
from bot.services.votes import HEART
from cogs.ui.buttons import button
from cogs.ui.card import Card, Shown, card, file_name
from cogs.ui.choices_words import filled_said
from cogs.ui.numbered import numbered_button
from cogs.ui.pictures import rough_sheet, shown
from cogs.ui.recipe_text import heading, length_text, weights_text
from cogs.ui.series_card import series_pictures
from cogs.ui.tasks import draw_task
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
from data.models import Job, JobState

#: More unknown words than these are not worth reading.
_UNKNOWN_MOST: Final = 6
_TRANSLATED_MOST: Final = 16

_WHY_KEYS: Final = {
    "asked": "draw.style_asked",
    "newest": "draw.style_newest",
    "last": "draw.style_last",
    "channel": "draw.style_channel",
    "only": "draw.style_only",
}


async def draw_card(
    app: App, view: JobView, *, lasting: bool = True, file_bytes: int = USUAL_BYTES
) -> Card:
    """Lay out a draw; `lasting` is False where the message cannot be edited for long.

    `file_bytes` is how large each of its files may be there.
    """
    texts = Texts(view.job.locale)
    is_poster = draw_task(view).is_series and view.job.state is JobState.DONE
    pictures, files = (
        await series_pictures(app, view, file_bytes)
        if is_poster
        else (await _pictures(app, view, file_bytes), [])
    )
    return card(
        *_heading(texts, app, view),
        await _length(app, texts, draw_task(view)),
        _untrained(texts, app.bases.for_recipe(draw_task(view).recipes[0]), draw_task(view).score),
        *_state(texts, view, await _usual_score(app, texts, view)),
        *([] if lasting else [small(texts.say("draw.token_only"))]),
        _no_file(texts, pictures, files) if is_poster else "",
        pictures=pictures,
        files=files,
        buttons=_buttons(texts, view),
        colour=ACCENTS[view.job.state],
    )


def style_line(texts: Texts, view: JobView) -> str:
    """Say which style is used and why."""
    key = _WHY_KEYS.get(draw_task(view).why)
    if key is None or view.style_name is None:
        return texts.say("draw.style_none")
    use = draw_task(view).first_style
    number = None if use is None else split_number(use.name)[1]
    return texts.say(key, style=plain(with_number(view.style_name, number)))


def _heading(texts: Texts, app: App, view: JobView) -> list[str]:
    task = draw_task(view)
    is_filled = any(one.name == "score" for one in task.filled)
    facts = dotted(
        texts.say("draw.by", person=mention(view.job.owner_id)),
        style_line(texts, view),
        _on_base(texts, app, task),
        _stack(texts, task),
        "" if task.score is None or is_filled else texts.say("draw.score", score=task.score),
        *filled_said(texts, task.filled),
        texts.say("draw.seed", seed=task.seed),
        _start(texts, task.drawn_anew),
        texts.say("draw.weights", weights=weights_text(task)) if task.weights else "",
    )
    lines = [f"**{heading(texts, task)}**\n{small(facts)}"]
    if task.translated:
        lines.append(small(texts.say("draw.translated", words=_translated(task.translated))))
    russian = tuple(each for each in task.unknown if is_russian(each.word))
    untaught = tuple(each for each in task.unknown if each not in russian)
    if russian:
        lines.append(small(texts.say("draw.unknown_russian", words=_words(texts, russian))))
    if untaught:
        lines.append(small(texts.say("draw.unknown", words=_words(texts, untaught))))
    return lines


def _no_file(texts: Texts, pictures: list[Shown], files: list[Shown]) -> str:
    """Say where the single pictures are when they are too large for the message."""
    return small(texts.say("series.no_file")) if pictures and not files else ""


async def _length(app: App, texts: Texts, task: DrawTask) -> str:
    """Say how a prompt was read that is longer than one window."""
    length = None if task.is_series else await app.prompt_lengths.of(task.recipes[0])
    if length is None or length.windows == 1:
        return ""
    return small(length_text(texts, "draw.length", length))


def _start(texts: Texts, share: float | None) -> str:
    return "" if share is None else texts.say("draw.start", share=round(100 * share))


def _on_base(texts: Texts, app: App, task: DrawTask) -> str:
    """Name the base where the host has several; one that is here no more by its own name."""
    if not app.bases.are_several:
        return ""
    first = task.recipes[0]
    base = app.bases.for_recipe(first)
    is_it = first.base_sha256 in {"", base.sha256}
    return texts.say("draw.on_base", base=plain(base.label if is_it else first.base))


def _stack(texts: Texts, task: DrawTask) -> str:
    if not task.stacked:
        return ""
    named = (f"**{plain(use.name)}** {weight_text(use)}" for use in task.stacked)
    return texts.say("draw.stack", styles=", ".join(named))


def _untrained(texts: Texts, base: Base, score: int | None) -> str:
    """Name a score that the base's makers never taught it; it is drawn as asked."""
    family = base.family
    if score is None or score not in family.untrained_scores:
        return ""
    taught = family.scores.keys() - family.untrained_scores
    facts = {"score": score, "least": min(taught), "most": max(taught)}
    return small(texts.say("draw.score_untrained", **facts))


def _translated(pairs: tuple[Translated, ...]) -> str:
    said = [f"{plain(each.typed, 40)} → {plain(each.drawn, 40)}" for each in pairs]
    return ", ".join(said[:_TRANSLATED_MOST]) + (" …" if len(said) > _TRANSLATED_MOST else "")


def _words(texts: Texts, unknown: tuple[UnknownWord, ...]) -> str:
    worded = [
        texts.say("draw.unknown_near", word=plain(each.word, 40), nearest=plain(each.nearest, 40))
        if each.nearest
        else texts.say("draw.unknown_far", word=plain(each.word, 40))
        for each in unknown[:_UNKNOWN_MOST]
    ]
    return ", ".join(worded) + (" …" if len(unknown) > _UNKNOWN_MOST else "")


def _state(texts: Texts, view: JobView, usual: str) -> list[str]:
    job = view.job
    match job.state:
        case JobState.QUEUED:
            return [queue_line(texts, view.position)]
        case JobState.RUNNING:
            return [_running(texts, job)]
        case JobState.DONE:
            hint = _vote_hint(texts, len(view.pictures))
            return [small(dotted(hint, usual))] if view.pictures else []
        case JobState.FAILED:
            return [texts.say("draw.failed", reason=failure(texts, job)), small(job.id)]
        case JobState.CANCELLED:
            return [texts.say("draw.cancelled"), small(job.id)]
        case _:
            assert_never(job.state)


def _running(texts: Texts, job: Job) -> str:
    if not job.step:
        return texts.say("draw.starting")
    said = texts.say("draw.running", step=job.step, steps=job.steps)
    return f"{bar(job.step, job.steps)}\n{small(dotted(said, eta(texts, job)))}"


def _vote_hint(texts: Texts, pictures: int) -> str:
    if pictures == 1:
        return texts.say("draw.vote_one", emoji=HEART)
    return texts.say("draw.vote_many")


async def _usual_score(app: App, texts: Texts, view: JobView) -> str:
    """Name the artist's, once there are pictures to compare with it."""
    style = view.style
    if style is None or style.source_file is not None or view.job.state is not JobState.DONE:
        return ""
    family = app.bases.for_recipe(draw_task(view).recipes[0]).family
    score = await app.defaults.usual_score(style) if family.takes_score else None
    if score is None or score not in family.scores:
        return ""
    who = mention(style.owner_id) if style.owner_id else plain(style.name)
    return texts.say("draw.usual_score", person=who, score=score)


async def _pictures(app: App, view: JobView, file_bytes: int) -> list[Shown]:
    """Make the copies that are posted: only when the draw is done, numbered when several."""
    if view.job.state is JobState.RUNNING:
        return await _so_far(view)
    if view.job.state is not JobState.DONE:
        return []
    numbered = len(view.pictures) > 1
    alt, most = plain(draw_task(view).prompt, 200), room_each(len(view.pictures), file_bytes)
    made: list[Shown] = []
    for picture in view.pictures:
        number = picture.ordinal + 1
        data = await app.blobs.read(picture.sha256)
        copy = await asyncio.to_thread(shown, data, number if numbered else None, most)
        name = f"{view.job.id}-{number}.{copy.suffix}"
        name = file_name(name, spoiler=draw_task(view).spoiler)
        made.append(Shown(name=name, data=copy.data, alt=alt))
    return made


async def _so_far(view: JobView) -> list[Shown]:
    """Show in one picture what the running ones look like, once that can be told."""
    if not view.previews:
        return []
    copy = await asyncio.to_thread(rough_sheet, view.previews)
    name = file_name(f"{view.job.id}-so-far.{copy.suffix}", spoiler=draw_task(view).spoiler)
    return [Shown(name=name, data=copy.data, alt=plain(draw_task(view).prompt, 200))]


def _buttons(texts: Texts, view: JobView) -> list[discord.ui.Button[Any]]:
    job = view.job
    if not job.state.is_terminal:
        return [button("cancel", job.id, texts)]
    if job.state is not JobState.DONE:
        return [button("again", job.id, texts)]
    if draw_task(view).is_series:
        return [button("again", job.id, texts), button("panel", job.id, texts)]
    several = len(view.pictures) > 1
    larger = [
        numbered_button(
            "larger", n, job.id, texts, f"U{n}" if several else texts.say("button.larger")
        )
        for n in (picture.ordinal + 1 for picture in view.pictures)
    ]
    return [*larger, button("panel", job.id, texts)]
