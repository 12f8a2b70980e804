"""What a training's message shows, under each other and each as wide as the message."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from bot.app import App
from bot.i18n import Texts
from bot.services.jobs import JobView
from bot.services.theatre import drawn_with, numbered
from cogs.ui.card import Part, Shown, gallery
from cogs.ui.pictures import Copy
from cogs.ui.tasks import train_task
from cogs.ui.theatre.chart import Curve, chart
from cogs.ui.theatre.loop import Stage, loop
from cogs.ui.theatre.reveal import RevealRow, reveal
from cogs.ui.theatre.sheet import SheetRow, checkpoint_sheet
from cogs.ui.theatre.strip import Row, strip
from cogs.ui.wording import mention, plain, small
from data.losses import LossPoint
from data.models import Checkpoint, JobState

#: So many pictures of late are kept; one takes two megabytes at most.
_KEPT: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenes:
    """Parts of a card, and the pictures that they show."""

    parts: tuple[Part, ...]
    pictures: tuple[Shown, ...]


class Theatre:
    """Makes the pictures of one training as it is now."""

    def __init__(self, app: App, view: JobView, texts: Texts) -> None:
        self._app = app
        self._view = view
        self._texts = texts
        self._parts: list[Part] = []
        self._pictures: list[Shown] = []

    async def play(self) -> Scenes:
        """Show the way while it is trained; at the end the reveal, the loop and the sheet."""
        style = self._view.style
        if style is not None and style.deleted_ms is not None:  # its files are gone
            return Scenes(parts=(), pictures=())
        if self._view.job.state is JobState.DONE:
            await self._reveal()
            await self._loop()
            await self._sheet()
        else:
            await self._strip()
        await self._curve()
        return Scenes(parts=tuple(self._parts), pictures=tuple(self._pictures))

    def _show(self, name: str, copy: Copy, *, about: str = "") -> None:
        """Put a picture under the others, `about` above it in small letters."""
        alt = self._texts.say(f"theatre.alt_{name}", style=plain(self._style_name))
        file_name = f"{self._view.job.id}-{name}.{copy.suffix}"
        shown = Shown(name=file_name, data=copy.data, alt=alt)
        self._pictures.append(shown)
        self._parts += [small(about)] if about else []
        self._parts.append(gallery([shown]))

    @property
    def _style_name(self) -> str:
        return self._view.style_name or train_task(self._view).style_name

    async def _strip(self) -> None:
        say, checkpoints = self._texts.say, numbered(self._view.checkpoints)
        rows = [Row(label=say("theatre.without"), samples=self._bare())]
        brought = train_task(self._view).is_brought
        about = say("brought.strip_bare" if brought else "theatre.strip_bare")
        for one in checkpoints[-1:]:
            about = say("theatre.strip", step=one.step)
            label = say("strip.of", step=one.step, steps=one.steps)
            rows.append(Row(label=label, samples=self._files(one.sample_sha256s)))
        rows = [row for row in rows if row.samples]
        if rows:
            copy = await asyncio.to_thread(_made, strip, tuple(rows))
            self._show("strip", copy, about=about)

    async def _curve(self) -> None:
        saved = self._view.checkpoints
        curve = Curve(
            steps=self._view.job.steps,
            training=self._view.losses or _points(saved, [one.loss for one in saved]),
            held_out=_points(saved, [one.held_out_loss for one in saved]),
            checkpoints=[one.step for one in numbered(saved)],
        )
        if len(curve.training) < 2:
            return
        say = self._texts.say
        names = {"training": say("theatre.training"), "held_out": say("theatre.held_out")}
        copy = await asyncio.to_thread(lambda: chart(curve, **names))
        key = "theatre.curve" if train_task(self._view).held_out else "theatre.curve_alone"
        self._show("curve", copy, about=say(key))

    async def _reveal(self) -> None:
        columns = await self._app.theatre.reveal(self._view)
        say, task = self._texts.say, train_task(self._view)
        sources = (
            ("own", [one.own_sha256 for one in columns]),
            ("without", [one.bare_sha256 for one in columns]),
            ("with", [one.styled_sha256 for one in columns]),
        )
        facts = {"shown": len(columns), "count": task.drawings}
        rows = [
            RevealRow(
                title=say(f"theatre.row_{kind}"),
                about=say(f"theatre.row_{kind}_about", **facts),
                pictures=self._files([sha for sha in sha256s if sha is not None]),
            )
            for kind, sha256s in sources
            if sha256s and None not in sha256s
        ]
        if rows:
            prompts = [one.prompt for one in columns]
            copy = await asyncio.to_thread(_made, reveal, tuple(rows), tuple(prompts))
            self._show("reveal", copy)

    async def _loop(self) -> None:
        if train_task(self._view).is_brought:  # nothing of its way is known
            return
        say, checkpoints = self._texts.say, numbered(self._view.checkpoints)
        stages = [
            Stage(label=say("theatre.without"), sample=sample, done=0.0)
            for sample in self._bare()[:1]
        ]
        for one in checkpoints:
            [sample] = self._files(one.sample_sha256s[:1])
            label = say("strip.of", step=one.step, steps=one.steps)
            stages.append(Stage(label=label, sample=sample, done=one.step / max(1, one.steps)))
        if len(stages) > 1:
            self._show("loop", await asyncio.to_thread(_made, loop, tuple(stages)))

    async def _sheet(self) -> None:
        say, checkpoints = self._texts.say, numbered(self._view.checkpoints)
        if len(checkpoints) < 2:
            return
        bare = SheetRow(number=None, label=say("theatre.without"), samples=self._bare())
        rows = [bare] if bare.samples else []
        for number, one in enumerate(checkpoints, 1):
            samples = self._files(one.sample_sha256s)
            label = say("theatre.step", step=one.step)
            rows.append(SheetRow(number=number, label=label, samples=samples))
        prompts = [sample.prompt for sample in train_task(self._view).samples]
        copy = await asyncio.to_thread(_made, checkpoint_sheet, tuple(rows), tuple(prompts))
        self._show("sheet", copy, about=self._invitation())

    def _invitation(self) -> str:
        """Say what the numbers of the sheet are for."""
        chosen = drawn_with(self._view)
        names = [one.id for one in numbered(self._view.checkpoints)]
        number = names.index(chosen.id) + 1 if chosen and chosen.id in names else len(names)
        key = "theatre.choose_quiet" if self._view.job.quiet else "theatre.choose"
        person = mention(self._view.job.owner_id)
        return self._texts.say(key, person=person, number=number)

    def _bare(self) -> tuple[Path, ...]:
        version = self._view.version
        return () if version is None else self._files(version.bare_sha256s)

    def _files(self, sha256s: Sequence[str]) -> tuple[Path, ...]:
        return tuple(self._app.blobs.path(sha256) for sha256 in sha256s)


@lru_cache(maxsize=_KEPT)
def _made(make: Callable[..., Copy], *what: Hashable) -> Copy:
    """Make a picture, unless one of the same was made lately.

    Files are named by their content; an edit for a few more steps, or a press at the end, shows
    the same samples again.
    """
    return make(*what)


def forget_pictures() -> None:
    """Keep no picture in memory."""
    _made.cache_clear()


def _points(
    checkpoints: Sequence[Checkpoint], losses: Sequence[float | None]
) -> tuple[LossPoint, ...]:
    known = zip(checkpoints, losses, strict=True)
    return tuple(LossPoint(one.step, loss) for one, loss in known if loss is not None)
