"""How much one person may have under way."""

from __future__ import annotations

from bot.errors import UserError
from bot.services.store import Store
from data.models import HOST, OwnerId


class JobLimit:
    """Bounds the unfinished jobs of one person; the host has no bound."""

    def __init__(self, store: Store, most: int) -> None:
        self._store = store
        self._most = most

    async def check(self, owner_id: OwnerId) -> None:
        """Raise UserError draw.too_many_jobs when the person has to wait."""
        if owner_id == HOST:
            return
        active = await self._store.jobs.active(owner_id)
        if len(active) >= self._most:
            raise UserError("draw.too_many_jobs", count=len(active), most=self._most)
