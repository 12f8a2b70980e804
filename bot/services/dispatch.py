"""From queued rows to results: claims jobs, streams them to the engine, writes down what comes.

SQLite is the truth. Every write names the attempt that claimed the job, so that a late answer of
an earlier attempt changes nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import dataclass

from bot.clock import Clock
from bot.log import job_context
from bot.services.bases import Bases
from bot.services.feed import Feed
from bot.services.recording import Recorder
from bot.services.requests import RequestBuilder, Work
from bot.services.store import Store
from bot.services.turns import BaseTurns
from data.models import Job, JobId, JobKind, JobState
from engine.client import EngineClient
from engine.errors import JobFailed, facts_of
from engine.protocol import (
    BareDrawn,
    Cancelled,
    Captioned,
    CheckpointSaved,
    Done,
    Failed,
    Lost,
    PictureDrawn,
    Preview,
    Progress,
    Started,
    StyleShown,
    Terminal,
)

log = logging.getLogger(__name__)

#: So many deaths of the bot or the engine in a row, without any result in between, end a job.
MAX_DEATHS = 3
#: A job that was begun so often takes whole processes down with it.
MAX_ATTEMPTS = 25
#: pause after the store refused a write
RETRY_S = 1.0
#: how long a stop waits for ends to be written
ENDING_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class End:
    """How an attempt ended, and who may still hold its last picture."""

    terminal: Terminal
    recorder: Recorder | None = None


class Dispatcher:
    """Owns every running job of this process."""

    def __init__(
        self,
        store: Store,
        engine: EngineClient,
        feed: Feed,
        clock: Clock,
        bases: Bases,
        *,
        parallel: int = 4,
        turn_s: int = 180,
    ) -> None:
        self._store = store
        self._engine = engine
        self._feed = feed
        self._clock = clock
        self._bases = bases
        self._turns = BaseTurns(store, engine, bases, clock, turn_s=turn_s)
        #: trainings that stop at a checkpoint, to go on at their base's next turn
        self._aside: set[JobId] = set()
        #: a training takes the engine for minutes; draws go on beside it
        self._room = {JobKind.DRAW: parallel, JobKind.TRAIN: 1}
        self._wakes: asyncio.Queue[None] = asyncio.Queue(maxsize=1)
        self._loop: asyncio.Task[None] | None = None
        self._work: dict[JobId, asyncio.Task[None]] = {}
        self._running: dict[JobId, JobKind] = {}
        self._requests: dict[JobId, str] = {}
        #: claimed while the engine served, so that their beginning is written already
        self._noted: set[JobId] = set()
        #: final writes that outlive a cancelled task; awaited by `aclose`
        self._endings: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Queue again what an earlier process died with, unless it did so too often; begin."""
        for job in await self._store.jobs.recover_running(
            self._clock.now_ms(), deaths=MAX_DEATHS, error_key="job.bot_died"
        ):
            log.warning("the bot died with job %s, which is %s now", job.id, job.state)
            self._feed.publish(job.id)
        self._loop = asyncio.create_task(self._run(), name="dispatcher")
        self.wake()

    def wake(self) -> None:
        """Look for queued jobs soon; never blocks."""
        with contextlib.suppress(asyncio.QueueFull):
            self._wakes.put_nowait(None)

    async def cancel(self, job_id: JobId) -> None:
        """Tell the engine to stop a job whose row already asks for it."""
        request_id = self._requests.get(job_id)
        if request_id is not None:
            await self._engine.cancel(request_id)

    async def aclose(self) -> None:
        """Stop at once; running jobs wait for the next start."""
        tasks = [task for task in (self._loop, *self._work.values()) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._endings:
            _, stuck = await asyncio.wait(self._endings, timeout=ENDING_TIMEOUT_S)
            for ending in stuck:
                ending.cancel()
            await asyncio.gather(*stuck, return_exceptions=True)
        if self._loop is not None:
            await self._let_go()

    async def _let_go(self) -> None:
        try:
            await self._store.jobs.requeue_running(self._clock.now_ms())
        except Exception:
            # The engine must still be closed.
            log.exception("running jobs stay claimed; the next start takes this for a death")

    async def _run(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._turns.look_s):
                    await self._wakes.get()
            try:
                await self._turns.settle(self._running.values())
                await self._fill()
            except Exception:  # top of the loop; the store may come back
                log.exception("claiming a job failed")
                await asyncio.sleep(RETRY_S)
                self.wake()

    async def _fill(self) -> None:
        while kinds := [kind for kind in self._room if self._takes(kind)]:
            serving = self._engine.serving
            job = await self._store.jobs.claim(
                self._clock.now_ms(), kinds, begun=serving, away=self._turns.away
            )
            if job is None:
                return
            if serving:
                self._noted.add(job.id)
            self._room[job.kind] -= 1
            self._running[job.id] = job.kind
            task = asyncio.create_task(self._do(job), name=f"job {job.id}")
            self._work[job.id] = task
            task.add_done_callback(lambda _, job=job: self._leave(job))

    def _takes(self, kind: JobKind) -> bool:
        return self._room[kind] > 0 and self._turns.may_begin(kind, self._running.values())

    def _leave(self, job: Job) -> None:
        del self._work[job.id], self._running[job.id]
        self._aside.discard(job.id)
        self._noted.discard(job.id)
        self._room[job.kind] += 1
        self.wake()

    async def _do(self, job: Job) -> None:
        with job_context(job.id):
            await self._attempt(job)

    async def _attempt(self, job: Job) -> None:
        log.info("job %s (%s) begins, attempt %d", job.id, job.kind, job.attempt)
        self._feed.publish(job.id)
        try:
            end = await self._stream(job)
        except JobFailed as failed:  # found out before the engine was asked
            end = End(Failed(request_id=job.id, key=failed.key, facts=facts_of(failed)))
        except Exception:  # top of a job: nothing may leave it without an end
            log.exception("job %s broke inside the bot", job.id)
            failed = Failed(request_id=job.id, key="engine.internal", facts={"job": job.id})
            end = End(failed)
        self._feed.parts.pop(job.id, None)
        self._feed.previews.pop(job.id, None)
        ending = asyncio.create_task(self._end_surely(job, end))
        self._endings.add(ending)
        ending.add_done_callback(self._endings.discard)
        await asyncio.shield(ending)

    async def _stream(self, job: Job) -> End:
        work = await RequestBuilder(self._store, self._bases).build(job)
        if work is None:  # an earlier attempt recorded everything, and died before it said so
            await Recorder(self._store, self._feed, self._clock, job, ()).tidy()
            return End(Done(request_id=job.id))
        self._requests[job.id] = work.request.request_id
        try:
            return await self._consume(job, work)
        finally:
            del self._requests[job.id]

    async def _consume(self, job: Job, work: Work) -> End:
        recorder = Recorder(self._store, self._feed, self._clock, job, work.ordinals)
        async with contextlib.aclosing(self._engine.submit(work.request)) as events:
            async for event in events:
                match event:
                    case Done() | Failed() | Cancelled() | Lost():
                        return End(event, recorder)
                    case Started():
                        if job.id not in self._noted:
                            await self._store.jobs.note_begun(job.id, job.attempt)
                        await self._heed_cancel(job)
                    case Progress():
                        await recorder.progress(event)
                    case PictureDrawn():
                        await recorder.picture(event)
                        self.wake()  # a job that ran alone may have company now
                    case CheckpointSaved():
                        await recorder.checkpoint(event)
                        await self._put_aside(job, event)
                        self.wake()
                    case BareDrawn() | StyleShown():
                        await recorder.rehearsal(event)
                    case Preview() | Captioned():
                        await recorder.passing(event)
        return End(Lost(request_id=work.request.request_id), recorder)

    async def _put_aside(self, job: Job, saved: CheckpointSaved) -> None:
        """Stop a training where it can go on from, when another base's turn has come."""
        if self._turns.next is not None and saved.step < saved.steps:
            self._aside.add(job.id)
            await self._engine.cancel(saved.request_id)

    async def _heed_cancel(self, job: Job) -> None:
        # The wish may have been written between the claim and the submission.
        if (await self._store.jobs.get(job.id)).cancel_requested:
            await self.cancel(job.id)

    async def _end_surely(self, job: Job, end: End) -> None:
        """Write the end, however long the store refuses; the next start ends it otherwise."""
        while True:
            try:
                await self._end(job, end)
            except Exception:
                log.exception("the end of job %s cannot be written yet", job.id)
                await asyncio.sleep(RETRY_S)
            else:
                return

    async def _end(self, job: Job, end: End) -> None:
        states = await self._store.states.of_job(job.id)
        recorder = end.recorder
        if recorder is not None and recorder.holds_picture:
            if isinstance(end.terminal, Done):  # the last picture and the end are one transaction
                await recorder.held_picture(lambda: self._finish(job, JobState.DONE))
                self._feed.publish(job.id)
                return
            await recorder.held_picture()
        match end.terminal:
            case Done():
                await self._finish(job, JobState.DONE)
            case Cancelled():
                waits = job.id in self._aside
                if not (waits and await self._store.bases.put_aside(job.id, job.attempt)):
                    await self._finish(job, JobState.CANCELLED)
            case Failed(key=key, facts=facts):
                await self._finish(job, JobState.FAILED, key, facts)
            case Lost():
                await self._retry(job)
        await self._store.remove_unreferenced(states)
        self._feed.publish(job.id)

    async def _finish(
        self, job: Job, state: JobState, key: str | None = None, facts: dict[str, str] | None = None
    ) -> None:
        written = await self._store.jobs.finish(
            job.id, job.attempt, state, key, facts, self._clock.now_ms()
        )
        log.info("job %s ends %s%s", job.id, state, "" if written else " (over before, or fenced)")
        if key is not None:
            log.warning("job %s failed: %s %s", job.id, key, facts or "")

    async def _retry(self, job: Job) -> None:
        if job.attempt >= MAX_ATTEMPTS:
            await self._finish(job, JobState.FAILED, "engine.lost")
            return
        lost = await self._store.jobs.recover(
            job.id, job.attempt, self._clock.now_ms(), deaths=MAX_DEATHS, error_key="engine.lost"
        )
        if lost is not None:
            log.warning("job %s was lost with the engine, and is %s now", job.id, lost.state)
