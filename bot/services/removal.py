"""Deletes the messages of erased people, through refusals and restarts."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import logging

from bot.clock import Clock
from bot.services.store import Store
from bot.services.surface import ShowRefusedError, Surface
from data.removal import Removal
from engine.backoff import Backoff

log = logging.getLogger(__name__)

#: What is not deleted at once is tried again, more and more seldom.
RETRY_FIRST_S = 60.0
RETRY_MOST_S = 6 * 3600.0
#: What could not be deleted for so long stays: the bot is not let in there any more.
GIVE_UP_DAYS = 30
_DAY_MS = 86_400_000


class Remover:
    """Owned by the app; alive while a surface is attached."""

    def __init__(
        self, store: Store, clock: Clock, surface: Surface, *, retry_first_s: float = RETRY_FIRST_S
    ) -> None:
        self._store = store
        self._clock = clock
        self._surface = surface
        self._retry_first_s = retry_first_s
        self._woken = asyncio.Event()
        self._loop: asyncio.Task[None] | None = None

    def start(self, context: contextvars.Context) -> None:
        """Begin with what an earlier process left; `context` is the owner's, see `Outbox`."""
        self._loop = context.copy().run(asyncio.create_task, self._run(), name="removals")

    def wake(self) -> None:
        """Look for messages to delete soon; never blocks."""
        self._woken.set()

    async def aclose(self) -> None:
        """Stop; what is left is done at the next start."""
        if self._loop is not None:
            self._loop.cancel()
            await asyncio.gather(self._loop, return_exceptions=True)

    async def _run(self) -> None:
        waits = Backoff(self._retry_first_s, RETRY_MOST_S)
        while True:
            self._woken.clear()
            try:
                is_done = await self._delete_all()
            except Exception:  # top of the loop; the store may come back
                log.exception("deleting messages stumbled")
                is_done = False
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(None if is_done else waits.after(0.0)):
                    await self._woken.wait()
                waits = Backoff(self._retry_first_s, RETRY_MOST_S)

    async def _delete_all(self) -> bool:
        """Try every message once, of a channel that refuses only the first; True if none is left.

        One at a time: nobody waits for it, and Discord counts requests.
        """
        refused: set[int] = set()
        is_done = True
        for removal in await self._store.removals.pending():
            if removal.channel_id in refused or not await self._delete(removal, refused):
                is_done = await self._give_up(removal) and is_done
        return is_done

    async def _delete(self, removal: Removal, refused: set[int]) -> bool:
        try:
            await self._surface.delete(removal.channel_id, removal.message_id)
        except ShowRefusedError as refusal:
            log.info("message %d stays for now: %s", removal.message_id, refusal)
            refused.add(removal.channel_id)
            return False
        except Exception as error:  # noqa: BLE001 - whatever a network does; tried again
            log.info("message %d could not be deleted: %r", removal.message_id, error)
            return False
        await self._store.removals.done(removal.message_id)
        return True

    async def _give_up(self, removal: Removal) -> bool:
        """Forget what was asked for too long ago; False while it is worth another try."""
        if self._clock.now_ms() - removal.asked_ms < GIVE_UP_DAYS * _DAY_MS:
            return False
        where = (removal.message_id, removal.channel_id)
        log.warning("message %d in channel %d of an erased person stays for good", *where)
        await self._store.removals.done(removal.message_id)
        return True
