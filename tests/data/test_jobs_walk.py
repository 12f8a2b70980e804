"""Random walks through the queue: no job is lost, doubled, or ended by a stranger."""

from __future__ import annotations

import random

import pytest

from data.models import Job, JobId, JobState, OwnerId
from tests.data.shelf import Shelf


class Walk:
    """The plainest model of the queue, kept beside the real one."""

    def __init__(self, shelf: Shelf, seed: int) -> None:
        self.shelf = shelf
        self.dice = random.Random(seed)
        self.made: list[JobId] = []
        self.held: dict[JobId, int] = {}
        self.claimed: list[Job] = []
        #: the engine has begun them, and a death with them is to come, or was
        self.begun: set[JobId] = set()
        self.died: set[JobId] = set()
        self.ended: dict[JobId, JobState] = {}

    async def create(self) -> None:
        self.made.append((await self.shelf.queue(OwnerId(self.dice.randrange(3)))).id)

    async def claim(self) -> None:
        job = await self.shelf.jobs.claim(self.shelf.now())
        if job is None:
            waiting = len(self.made) - len(self.held) - len(self.ended)
            assert not waiting or (self.held and self.died), "a waiting job was missed"
            return
        assert job.id not in self.held
        assert job.id not in self.ended
        assert not self.held or not self.died & {job.id, *self.held}, "it has to run alone"
        self.held[job.id] = job.attempt
        self.claimed.append(job)

    async def begin(self) -> None:
        for job_id, attempt in self.held.items():
            assert await self.shelf.jobs.note_begun(job_id, attempt)
            self.begun.add(job_id)

    async def end(self) -> None:
        if self.held:
            job_id, attempt = self.held.popitem()
            state = self.dice.choice([JobState.DONE, JobState.CANCELLED])
            now = self.shelf.now()
            assert await self.shelf.jobs.finish(job_id, attempt, state, None, None, now)
            self.ended[job_id] = state

    async def lose(self) -> None:
        if self.held:
            job_id, attempt = self.held.popitem()
            key, now = "engine.lost", self.shelf.now()
            assert await self.shelf.jobs.recover(job_id, attempt, now, deaths=3, error_key=key)
            self.died |= self.begun & {job_id}
            self.begun.discard(job_id)
            await self.note_if_ended(job_id)

    async def restart(self) -> None:
        jobs = await self.shelf.jobs.requeue_running(self.shelf.now())
        assert {job.id for job in jobs} == set(self.held)
        self.held.clear()
        self.begun.clear()
        for job in jobs:
            await self.note_if_ended(job.id)

    async def return_late(self) -> None:
        if self.claimed:
            job = self.dice.choice(self.claimed)
            if self.held.get(job.id) != job.attempt:
                assert not await self.shelf.end(job)

    async def cancel(self) -> None:
        if self.made:
            job_id = self.dice.choice(self.made)
            await self.shelf.jobs.request_cancel(job_id, self.shelf.now())
            await self.note_if_ended(job_id)

    async def note_if_ended(self, job_id: JobId) -> None:
        state = (await self.shelf.jobs.get(job_id)).state
        if state.is_terminal:
            assert self.ended.setdefault(job_id, state) is state


@pytest.mark.parametrize("seed", range(4))
async def test_every_job_ends_once_and_only_by_the_attempt_that_holds_it(
    shelf: Shelf, seed: int
) -> None:
    walk = Walk(shelf, seed)
    steps = [walk.create, walk.create, walk.claim, walk.claim, walk.end, walk.lose]
    steps += [walk.begin, walk.return_late, walk.cancel, walk.restart]
    for _ in range(120):
        await walk.dice.choice(steps)()
    for job_id in walk.made:
        state = (await shelf.jobs.get(job_id)).state
        assert state.is_terminal == (job_id in walk.ended)
        assert state == walk.ended.get(job_id, state)
        assert (state is JobState.RUNNING) == (job_id in walk.held)
    assert {job.id for job in await shelf.jobs.unannounced()} == set(walk.ended)
