"""Removals: messages that Discord still shows of people who had everything erased."""

from __future__ import annotations

from data.db import Database
from data.models import Place
from data.removal import Removal


class RemovalRepo:
    """What is to be deleted yet; whose it was is not known any more."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(self, place: Place, now: int) -> None:
        """Have a message deleted; one that is nowhere needs no deleting."""
        if place.channel_id is None or place.message_id is None:
            return
        async with self._db.write() as tx:
            await tx.execute(
                """INSERT INTO messages_to_delete (message_id, channel_id, asked_ms)
                VALUES (?, ?, ?) ON CONFLICT DO NOTHING""",
                (place.message_id, place.channel_id, now),
            )

    async def pending(self) -> tuple[Removal, ...]:
        """List what is to be deleted, the oldest wish first."""
        rows = await self._db.read().fetch_all(
            """SELECT channel_id, message_id, asked_ms FROM messages_to_delete
            ORDER BY asked_ms, message_id"""
        )
        return tuple(Removal(**dict(row)) for row in rows)

    async def done(self, message_id: int) -> None:
        """Forget a message: it is gone, or given up."""
        async with self._db.write() as tx:
            await tx.execute("DELETE FROM messages_to_delete WHERE message_id = ?", (message_id,))
