"""People's own characters."""

from __future__ import annotations

import sqlite3

from data.characters import Character
from data.db import Database
from data.models import OwnerId


class CharacterRepo:
    """At most one character per person and name."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def put(self, character: Character, now: int) -> None:
        """Keep it, in place of the owner's earlier one of that name."""
        async with self._db.write() as tx:
            await tx.execute(
                """INSERT INTO characters (owner_id, name, words, guild_id, created_ms)
                VALUES (?, ?, ?, ?, ?)
                ON CONFLICT (owner_id, name)
                DO UPDATE SET words = excluded.words, guild_id = excluded.guild_id""",
                (character.owner_id, character.name, character.words, character.guild_id, now),
            )

    async def usable(self, viewer_id: OwnerId, guild_id: int | None) -> tuple[Character, ...]:
        """List a person's own ones by name, then what others share here, the oldest first."""
        rows = await self._db.read().fetch_all(
            """SELECT * FROM characters WHERE owner_id = :viewer OR guild_id = :guild
            ORDER BY
                owner_id != :viewer, iif(owner_id = :viewer, name, ''), created_ms, owner_id""",
            {"viewer": viewer_id, "guild": guild_id},
        )
        return tuple(_character(row) for row in rows)

    async def remove(self, owner_id: OwnerId, name: str) -> bool:
        """Forget one; return whether there was one."""
        async with self._db.write() as tx:
            gone = await tx.execute(
                "DELETE FROM characters WHERE owner_id = ? AND name = ?", (owner_id, name)
            )
        return bool(gone)

    async def unshare(self, owner_id: OwnerId, name: str) -> None:
        """Leave one to its owner alone."""
        async with self._db.write() as tx:
            await tx.execute(
                "UPDATE characters SET guild_id = NULL WHERE owner_id = ? AND name = ?",
                (owner_id, name),
            )


def _character(row: sqlite3.Row) -> Character:
    return Character(
        owner_id=OwnerId(row["owner_id"]),
        name=row["name"],
        words=row["words"],
        guild_id=row["guild_id"],
    )
