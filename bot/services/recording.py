"""Write down what the engine announces: files into blobs first, then rows, then the wake-up."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from bot.clock import Clock
from bot.services.feed import Feed
from bot.services.measured import MeasuredSpeed
from bot.services.store import Store
from bot.services.tasks import read_train_task
from data.losses import LossPoint
from data.models import Job, JobState
from engine.outbox import files_of
from engine.pictures.recipe_json import recipe_to_json
from engine.protocol import (
    BareDrawn,
    Captioned,
    CheckpointSaved,
    Event,
    FileRef,
    PictureDrawn,
    Preview,
    Progress,
    StyleShown,
)

#: Rows are written at most so often for progress alone.
PROGRESS_EVERY_MS = 1000
#: A training's loss is kept in so many points.
LOSS_POINTS = 40


class Recorder:
    """Records one attempt of one job."""

    def __init__(
        self, store: Store, feed: Feed, clock: Clock, job: Job, ordinals: tuple[int, ...]
    ) -> None:
        self._store = store
        self._feed = feed
        self._clock = clock
        self._job = job
        #: the place in the whole grid of every recipe that this attempt asked for
        self._ordinals = ordinals
        self._speed = MeasuredSpeed(store)
        #: the stretch of the training that is not over yet, and its losses
        self._stretch: int | None = None
        self._losses: list[float] = []
        #: a job that takes a moment has no progress to write
        self._written_ms = clock.now_ms()
        self._left = len(ordinals)
        self._held: PictureDrawn | None = None

    async def progress(self, event: Progress) -> None:
        """Keep the newest step, about once a second, and the loss, a point per stretch."""
        await self._note_loss(event)
        self._note_parts(event.parts)
        now = self._clock.now_ms()
        if 0 <= now - self._written_ms < PROGRESS_EVERY_MS:
            return
        self._written_ms = now
        eta_at_ms = None if event.eta_s is None else now + int(event.eta_s * 1000)
        job = self._job
        if await self._store.jobs.progress(job.id, job.attempt, event.step, event.steps, eta_at_ms):
            self._feed.publish(job.id)

    def _note_parts(self, parts: int | None) -> None:
        if parts is not None and self._feed.parts.get(self._job.id) != parts:
            self._feed.parts[self._job.id] = parts
            self._feed.publish(self._job.id)

    async def _note_loss(self, event: Progress) -> None:
        """Collect losses, and write their mean when a stretch of the training is over."""
        if event.loss is None:
            return
        length = max(1, event.steps // LOSS_POINTS)
        stretch = (event.step - 1) // length
        if self._stretch not in (None, stretch):
            await self._write_loss(length, event.steps)
        self._stretch = stretch
        self._losses.append(event.loss)
        if event.step == event.steps:
            await self._write_loss(length, event.steps)

    async def _write_loss(self, length: int, steps: int) -> None:
        if self._stretch is None or not self._losses:
            return
        end = min(steps, (self._stretch + 1) * length)
        point = LossPoint(end, sum(self._losses) / len(self._losses))
        self._losses.clear()
        await self._store.rehearsals.note_loss(self._job.id, self._job.attempt, point)

    async def picture(self, event: PictureDrawn) -> None:
        """Store one picture under its place in the whole grid; hold the last one that is wanted.

        The end of the job comes right after it, and both are written at once: see `held_picture`.
        """
        self._left -= 1
        if self._left:
            await self._keep(event)
        else:
            await self._adopt(event.file)  # a file that is broken is found while the job runs
            self._held = event

    @property
    def holds_picture(self) -> bool:
        """Whether the last picture is still to be written."""
        return self._held is not None

    async def held_picture(self, also: Callable[[], Awaitable[None]] | None = None) -> None:
        """Write the last picture, and with it in one transaction what `also` writes."""
        if self._held is not None:
            await self._keep(self._held, also)
            self._held = None

    async def _keep(
        self, event: PictureDrawn, also: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        job = self._job
        async with self._store.gate:
            sha256 = await self._adopt(event.file)
            async with self._store.db.write():
                kept = await self._store.pictures.add(
                    job_id=job.id,
                    attempt=job.attempt,
                    ordinal=self._ordinals[event.index],
                    sha256=sha256,
                    recipe_json=recipe_to_json(event.recipe),
                    rules=event.recipe.rules,
                    style_id=job.style_id,
                    now=self._clock.now_ms(),
                )
                if also is not None:
                    await also()
        if kept is None:  # erased meanwhile, or given to a later attempt
            await self._store.remove_unreferenced({event.file.sha256})
        self._feed.publish(job.id)

    async def rehearsal(self, event: BareDrawn | StyleShown) -> None:
        """Store the samples without a style, or those with one that was trained elsewhere."""
        await (self._bare(event) if isinstance(event, BareDrawn) else self._shown(event))

    async def _bare(self, event: BareDrawn) -> None:
        """Store the samples without the style; those that are there already stay."""
        async with self._store.gate:
            sha256s = [await self._adopt(sample) for sample in event.samples]
            kept = await self._store.rehearsals.keep_bare(self._job.id, self._job.attempt, sha256s)
        if not kept:
            await self._store.remove_unreferenced({file.sha256 for file in event.samples})
        self._feed.publish(self._job.id)

    async def checkpoint(self, event: CheckpointSaved) -> None:
        """Store a checkpoint; its state takes the place of the older ones."""
        version = await self._store.styles.version_of_job(self._job.id)
        if version is None:  # erased meanwhile; the engine was told to stop
            await self.discard(event)
            return
        async with self._store.gate:
            kept = await self._store.checkpoints.add(
                version.id,
                self._job.attempt,
                step=event.step,
                steps=event.steps,
                loss=event.loss,
                held_out_loss=event.held_out_loss,
                style_sha256=await self._adopt(event.style),
                state_sha256=await self._adopt(event.state),
                sample_sha256s=[await self._adopt(sample) for sample in event.samples],
                now=self._clock.now_ms(),
            )
        if kept is None or kept.state_sha256 != event.state.sha256:  # it was kept before
            await self._store.remove_unreferenced({file.sha256 for file in files_of(event)})
        await self.tidy()
        await self._speed.note(version.family, event, self._job, self._clock.now_ms())
        self._feed.publish(self._job.id)

    async def _shown(self, event: StyleShown) -> None:
        """Store what a style from elsewhere draws; with that it is its artist's own, and all done.

        The end is written at once: who cancels after this would be told that nothing has changed.
        """
        version = await self._store.styles.version_of_job(self._job.id)
        if version is None:  # erased meanwhile; the engine was told to stop
            await self.discard(event)
            return
        async with self._store.gate:
            sha256s = [await self._adopt(sample) for sample in event.samples]
            now = self._clock.now_ms()
            async with self._store.db.write():
                kept = await self._store.checkpoints.add(
                    version.id,
                    self._job.attempt,
                    step=0,
                    steps=0,
                    loss=None,
                    held_out_loss=event.held_out_loss,
                    style_sha256=read_train_task(self._job).finished_sha256,
                    state_sha256=None,
                    sample_sha256s=sha256s,
                    now=now,
                )
                left = await self._store.brought.make_own(version.id) if kept else ()
                if kept:
                    await self._store.jobs.finish(
                        self._job.id, self._job.attempt, JobState.DONE, None, None, now
                    )
        await self._store.remove_unreferenced({*left, *sha256s})
        self._feed.publish(self._job.id)

    async def passing(self, event: Preview | Captioned) -> None:
        """Keep in memory what a picture looks like so far; nothing of this is stored."""
        if isinstance(event, Captioned):  # asked for by no job
            return
        data = await asyncio.to_thread(Path(event.file.path).read_bytes)
        await self.discard(event)
        known = self._feed.previews.setdefault(self._job.id, {})
        known[self._ordinals[event.index]] = data
        self._feed.publish(self._job.id)

    async def discard(self, event: Event) -> None:
        """Remove the files of an event that nobody needs."""
        for file in files_of(event):
            await asyncio.to_thread(Path(file.path).unlink, missing_ok=True)

    async def tidy(self) -> None:
        """Drop the training states that nothing will resume from: all but the newest."""
        states = await self._store.states.of_job(self._job.id)
        await self._store.states.forget_old(self._job.id)
        await self._store.remove_unreferenced(states)

    async def _adopt(self, file: FileRef) -> str:
        return await self._store.blobs.adopt(Path(file.path), file.sha256)
