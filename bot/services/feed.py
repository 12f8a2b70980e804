"""Wake-ups inside one process: "something about this job changed".

The truth is in SQLite; a lost wake-up costs time, never a result.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import contextmanager

from data.models import JobId


class Subscription:
    """Job ids in the order of their first change; several changes before a read are one."""

    def __init__(self) -> None:
        self._changed: dict[JobId, None] = {}
        self._some = asyncio.Event()

    def push(self, job_id: JobId) -> None:
        """Note a change; never blocks."""
        self._changed[job_id] = None
        self._some.set()

    async def next(self) -> JobId:
        """Wait for the next changed job."""
        while not self._changed:
            self._some.clear()
            await self._some.wait()
        job_id = next(iter(self._changed))
        del self._changed[job_id]
        return job_id

    async def __aiter__(self) -> AsyncGenerator[JobId]:
        """Yield changed jobs for ever."""
        while True:
            yield await self.next()


class Feed:
    """Tell everyone in this process that a job changed."""

    def __init__(self) -> None:
        #: of running trainings for which memory was short: in how many parts a batch is computed.
        #: True of this attempt alone: the next begins with whole batches, and says so again.
        self.parts: dict[JobId, int] = {}
        #: of running draws: what their pictures look like so far, by place in the grid (PNG, at
        #: most 256 pixels a side); gone with the attempt
        self.previews: dict[JobId, dict[int, bytes]] = {}
        self._subscriptions: set[Subscription] = set()

    def publish(self, job_id: JobId) -> None:
        """Wake all subscribers; never blocks."""
        for subscription in self._subscriptions:
            subscription.push(job_id)

    @contextmanager
    def subscribe(self) -> Generator[Subscription]:
        """Listen as long as the block runs: `with feed.subscribe() as changes`."""
        subscription = Subscription()
        self._subscriptions.add(subscription)
        try:
            yield subscription
        finally:
            self._subscriptions.discard(subscription)
