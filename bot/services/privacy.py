"""Everything kept about one person, and its erasure."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from bot.clock import Clock
from bot.services.findings import forget_looks
from bot.services.jobs import JobService
from bot.services.store import Store
from data.holdings import Holdings
from data.models import OwnerId

log = logging.getLogger(__name__)

#: A training stops at its next step; an engine that hangs must not stop an erasure.
STOP_TIMEOUT_S = 30.0


class PrivacyService:
    """Show and erase."""

    def __init__(
        self, store: Store, jobs: JobService, clock: Clock, *, wake_remover: Callable[[], None]
    ) -> None:
        self._store = store
        self._jobs = jobs
        self._clock = clock
        self._wake_remover = wake_remover
        self._forgets = {forget_looks}

    def on_erased(self, forget: Callable[[], None]) -> None:
        """Call this after every erasure: what was kept in memory of anybody's drawings goes."""
        self._forgets.add(forget)

    async def holdings(self, owner_id: OwnerId) -> Holdings:
        """Count what is kept about this person."""
        return await self._store.erasure.holdings(owner_id)

    async def erase(self, owner_id: OwnerId) -> Holdings:
        """Cancel the person's jobs, delete all rows and files; tells what was deleted.

        What lay in memory of pictures goes too, everybody's: it is made again when it is wanted.
        The messages that showed the jobs are deleted afterwards, by the `Remover`.
        """
        await self._stop_jobs(owner_id)
        holdings = await self.holdings(owner_id)
        # Under the gate: a file that is announced meanwhile must not slip in behind its row.
        async with self._store.gate:
            files = await self._store.erasure.erase(owner_id, self._clock.now_ms())
            for sha256 in files:
                await self._store.blobs.remove(sha256)
        for forget in self._forgets:
            forget()
        self._wake_remover()
        log.info("a person was erased: %d files", len(files))
        return holdings

    async def _stop_jobs(self, owner_id: OwnerId) -> None:
        active = await self._store.jobs.active(owner_id)
        # The waiting ones first: a slot that a running one leaves must not start another.
        for job in reversed(active):
            await self._jobs.stop(job.id)
        for job in active:
            try:
                async with asyncio.timeout(STOP_TIMEOUT_S):
                    await self._jobs.wait(job.id)
            except TimeoutError:
                log.warning("job %s does not stop; it is erased while it runs", job.id)
