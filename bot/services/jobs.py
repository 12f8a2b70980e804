"""Jobs as people see them: state, place in the queue, results, cancel."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Collection
from contextlib import aclosing
from dataclasses import dataclass

from bot.clock import Clock
from bot.errors import UserError
from bot.services.feed import Feed
from bot.services.store import Store
from bot.services.tasks import Task, task_of
from data.errors import NotFound
from data.losses import LossPoint
from data.models import (
    Checkpoint,
    Job,
    JobId,
    JobKind,
    JobState,
    OwnerId,
    Picture,
    Place,
    Style,
    StyleVersion,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobView:
    """One job with everything its message shows."""

    job: Job
    #: what was asked: prompt, recipes, unknown words, or the training's plan
    task: Task
    #: the style drawn with or trained; None without one
    style: Style | None = None
    #: 1 is next; None unless queued
    position: int | None = None
    #: of a draw, by ordinal (0-based)
    pictures: tuple[Picture, ...] = ()
    #: of a running draw, what its pictures look like so far (PNG)
    previews: tuple[bytes, ...] = ()
    #: of a training
    version: StyleVersion | None = None
    #: of a training: the version that everyone else in the style's server draws with
    shared_number: int | None = None
    #: of a training, oldest first
    checkpoints: tuple[Checkpoint, ...] = ()
    #: of a training, by step
    losses: tuple[LossPoint, ...] = ()
    #: of a training for which memory was short: in how many parts a batch is computed
    parts: int | None = None

    @property
    def style_name(self) -> str | None:
        """The style's name, or None."""
        return self.style.name if self.style else None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueEntry:
    """One line of the queue."""

    view: JobView
    #: whether the viewer may read who asked for what
    readable: bool


class JobService:
    """Read and cancel jobs."""

    def __init__(
        self,
        store: Store,
        feed: Feed,
        clock: Clock,
        *,
        stop_running: Callable[[JobId], Awaitable[None]],
    ) -> None:
        self._store = store
        self._feed = feed
        self._clock = clock
        self._stop_running = stop_running

    async def view(self, job_id: JobId) -> JobView:
        """Collect what the job's message shows; data.errors.NotFound when it was erased."""
        job = await self._store.jobs.get(job_id)
        position = None
        if job.state is JobState.QUEUED:
            waiting = [one.id for one in await self._store.jobs.active() if _waits(one)]
            position = waiting.index(job.id) + 1 if job.id in waiting else None
        return await self._collect(job, position)

    async def draw_on(self, message_id: int) -> JobId:
        """Find the draw whose pictures a message shows; UserError draw.no_pictures_here."""
        job = await self._store.jobs.by_message(message_id)
        if job is None or job.kind is not JobKind.DRAW:
            raise UserError("draw.no_pictures_here")
        return job.id

    async def queue(
        self, viewer_id: OwnerId, guild_id: int | None, seen_ids: Collection[int]
    ) -> tuple[QueueEntry, ...]:
        """List running and queued jobs of this server and the viewer's own, in queue order.

        Others' quiet jobs are left out, and those in channels that the viewer does not see are
        not readable.
        """
        entries: list[QueueEntry] = []
        waiting = 0
        for job in await self._store.jobs.active():
            waiting += _waits(job)
            own = job.owner_id == viewer_id
            if own or (_is_in(job, guild_id) and not job.quiet):
                view = await self._collect(job, waiting if _waits(job) else None)
                readable = own or job.place.root_id in seen_ids
                entries.append(QueueEntry(view=view, readable=readable))
        return tuple(entries)

    async def cancel(
        self, job_id: JobId, actor_id: OwnerId, *, is_moderator: bool = False
    ) -> JobView:
        """Ask for the end of a job; UserError job.not_yours, job.ended or job.unknown."""
        try:
            job = await self._store.jobs.get(job_id)
        except NotFound:
            raise UserError("job.unknown") from None
        if job.owner_id != actor_id and not is_moderator:
            raise UserError("job.not_yours")
        if job.state.is_terminal:
            raise UserError("job.ended")
        await self.stop(job_id)
        return await self.view(job_id)

    async def stop(self, job_id: JobId) -> Job:
        """End a job without asking who wants it; a running one ends a moment later."""
        states = await self._store.states.of_job(job_id)
        job = await self._store.jobs.request_cancel(job_id, self._clock.now_ms())
        await self._store.remove_unreferenced(states)
        await self._stop_running(job_id)
        self._feed.publish(job_id)
        return job

    async def set_place(self, job_id: JobId, place: Place) -> None:
        """Remember where the job's one message is."""
        await self._store.jobs.set_place(job_id, place)

    async def follow(self, job_id: JobId) -> AsyncGenerator[JobView]:
        """Yield the job now and after every change, the last time in its final state."""
        with self._feed.subscribe() as changes:
            changes.push(job_id)
            async for changed in changes:
                if changed != job_id:
                    continue
                view = await self.view(job_id)
                yield view
                if view.job.state.is_terminal:
                    return

    async def wait(self, job_id: JobId) -> JobView:
        """Wait for the job's final state."""
        async with aclosing(self.follow(job_id)) as views:
            async for view in views:
                last = view
        return last  # pyright: ignore[reportPossiblyUnboundVariable] - it yields at least once

    async def _collect(self, job: Job, position: int | None) -> JobView:
        store = self._store
        style = None if job.style_id is None else await store.styles.get(job.style_id)
        if job.kind is JobKind.DRAW:
            pictures = await store.pictures.of_job(job.id)
            previews = sorted(self._feed.previews.get(job.id, {}).items())
            return JobView(
                job=job,
                task=task_of(job),
                style=style,
                position=position,
                pictures=pictures,
                previews=tuple(preview for _, preview in previews),
            )
        version = await store.styles.version_of_job(job.id)
        if style is None or version is None:
            return JobView(job=job, task=task_of(job), style=style, position=position)
        card = await store.styles.card(
            style.id, style.owner_id, style.guild_id, (version.base_sha256,)
        )
        return JobView(
            job=job,
            task=task_of(job),
            style=style,
            position=position,
            version=version,
            shared_number=None if card is None else card.shared_number,
            checkpoints=await store.checkpoints.of_version(version.id),
            losses=await store.rehearsals.losses(job.id),
            parts=self._feed.parts.get(job.id),
        )


def _waits(job: Job) -> bool:
    return job.state is JobState.QUEUED


def _is_in(job: Job, guild_id: int | None) -> bool:
    return guild_id is not None and job.place.guild_id == guild_id
