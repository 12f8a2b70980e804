"""Keeps every job's one message in its present state, and marks ended jobs as announced.

Whatever was not announced when the process died is shown again at the next start; showing is
idempotent, so people see one message.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.clock import Clock
from bot.services.feed import Feed, Subscription
from bot.services.jobs import JobService, JobView
from bot.services.store import Store
from bot.services.surface import ShowRefusedError, Surface
from data.errors import NotFound
from data.models import Job, JobId, JobState, Place

log = logging.getLogger(__name__)

#: A running job's message is edited at most so often; an end is shown at once.
SHOW_EVERY_S = 4.0
#: A place that refuses is asked so often, then left alone for good.
REFUSALS = 4
#: Other errors are tried so often; what is left is shown at the next start.
TRIES = 40
BACKOFF_FIRST_S = 1.0
BACKOFF_MOST_S = 60.0


@dataclass(slots=True)
class _Message:
    """One job's message, while someone tends it."""

    changed: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None
    shown_at: float = float("-inf")
    failures: int = 0
    refusals: int = 0


class Outbox:
    """Owned by the app; alive while a surface is attached."""

    def __init__(
        self,
        store: Store,
        jobs: JobService,
        feed: Feed,
        clock: Clock,
        surface: Surface,
        *,
        wake_remover: Callable[[], None],
        show_every_s: float = SHOW_EVERY_S,
        backoff_first_s: float = BACKOFF_FIRST_S,
    ) -> None:
        self._store = store
        self._jobs = jobs
        self._feed = feed
        self._clock = clock
        self._surface = surface
        self._wake_remover = wake_remover
        self._show_every_s = show_every_s
        self._backoff_first_s = backoff_first_s
        self._messages: dict[JobId, _Message] = {}
        self._loop: asyncio.Task[None] | None = None

    def start(self, context: contextvars.Context | None = None) -> None:
        """Show all that is not announced or not ended, then every change.

        `context` is the owner's: a surface that attaches itself must not own these tasks.
        """
        # run(create_task), not create_task(context=): what watches the surface's tasks (SimCord)
        # looks at the context in which they are made.
        # An empty context is false.
        owner = contextvars.copy_context() if context is None else context.copy()
        self._loop = owner.run(asyncio.create_task, self._run(), name="outbox")

    async def aclose(self) -> None:
        """Stop; a show that runs is cancelled and repeated at the next start."""
        tending = [message.task for message in self._messages.values()]
        tasks = [task for task in (self._loop, *tending) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self) -> None:
        with self._feed.subscribe() as changes:
            for job in (*await self._store.jobs.unannounced(), *await self._store.jobs.active()):
                self._touch(job.id)
            await self._follow(changes)

    async def _follow(self, changes: Subscription) -> None:
        while True:
            self._touch(await changes.next())

    def _touch(self, job_id: JobId) -> None:
        message = self._messages.setdefault(job_id, _Message())
        message.changed.set()
        if message.task is None:
            message.task = asyncio.create_task(self._tend(job_id, message), name=f"show {job_id}")

    async def _tend(self, job_id: JobId, message: _Message) -> None:
        """Show the job until nothing is left to show; a later change begins anew."""
        try:
            while message.changed.is_set():
                message.changed.clear()
                if await self._bring_up_to_date(job_id, message):
                    # Announced: no change can follow.
                    self._messages.pop(job_id, None)
                    return
            message.task = None
        except NotFound:
            self._messages.pop(job_id, None)  # erased meanwhile
        except asyncio.CancelledError:
            raise
        except Exception:  # top of one message's loop; the others go on
            log.exception("the message of job %s cannot be kept up to date", job_id)
            self._messages.pop(job_id, None)

    async def _bring_up_to_date(self, job_id: JobId, message: _Message) -> bool:
        """Return whether the job's end was announced (or given up)."""
        job = await self._store.jobs.get(job_id)
        if job.place.channel_id is None:
            return job.state.is_terminal and await self._mark(job)
        if job.announced_ms is not None:
            return True
        if not job.state.is_terminal:
            await self._wait_turn(job_id, message)
        view = await self._jobs.view(job_id)
        if not await self._show(view, message):
            return await self._after_failure(view.job, message)
        return view.job.state.is_terminal and await self._mark(view.job)

    async def _wait_turn(self, job_id: JobId, message: _Message) -> None:
        """Keep the distance between edits; an end of the job cuts the wait short."""
        until = message.shown_at + self._show_every_s
        while (left := until - time.monotonic()) > 0:
            try:
                async with asyncio.timeout(left):
                    await message.changed.wait()
            except TimeoutError:
                return
            message.changed.clear()
            if (await self._store.jobs.get(job_id)).state.is_terminal:
                return

    async def _show(self, view: JobView, message: _Message) -> bool:
        job = view.job
        message.shown_at = time.monotonic()
        try:
            place = await self._surface.show(view)
            if place is not None:
                await self._remember(job.id, place)
            if job.state is JobState.DONE:
                await self._surface.seed_reactions(await self._jobs.view(job.id))
        except NotFound:
            raise
        except ShowRefusedError as refusal:
            message.refusals += 1
            log.warning("the place of job %s refuses: %s", job.id, refusal)
            return False
        except Exception:  # whatever a network does; tried again
            message.failures += 1
            log.warning("showing job %s failed, try %d", job.id, message.failures, exc_info=True)
            return False
        message.failures = message.refusals = 0
        return True

    async def _remember(self, job_id: JobId, place: Place) -> None:
        try:
            await self._store.jobs.set_place(job_id, place)
        except NotFound:  # erased while the message was posted: it must not stay, either
            await self._store.removals.add(place, self._clock.now_ms())
            self._wake_remover()
            raise

    async def _after_failure(self, job: Job, message: _Message) -> bool:
        if message.refusals >= REFUSALS:
            log.error("giving up the message of job %s: its place refuses", job.id)
            return job.state.is_terminal and await self._mark(job)
        if message.failures >= TRIES:
            raise RuntimeError(f"job {job.id} could not be shown {message.failures} times")
        tries = message.failures + message.refusals
        delay = min(self._backoff_first_s * 2 ** (tries - 1), BACKOFF_MOST_S)
        await asyncio.sleep(delay)
        message.changed.set()
        return False

    async def _mark(self, job: Job) -> bool:
        await self._store.jobs.mark_announced(job.id, self._clock.now_ms())
        return True
