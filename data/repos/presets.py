"""Presets of people and of servers."""

from __future__ import annotations

import sqlite3

from data.db import Database
from data.models import OwnerId
from data.settings import Preset


class PresetRepo:
    """A name is there once per person, and once per server."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def put(self, preset: Preset, now: int) -> None:
        """Keep it, in place of the one of that name of the same person or server."""
        async with self._db.write() as tx:
            await tx.execute(
                """DELETE FROM presets WHERE name = :name AND iif(
                    :guild IS NULL, guild_id IS NULL AND owner_id = :owner, guild_id = :guild
                )""",
                {"name": preset.name, "guild": preset.guild_id, "owner": preset.owner_id},
            )
            await tx.execute(
                """INSERT INTO presets (owner_id, guild_id, name, choices_json, created_ms)
                VALUES (?, ?, ?, ?, ?)""",
                (preset.owner_id, preset.guild_id, preset.name, preset.choices_json, now),
            )

    async def usable(self, person_id: OwnerId | None, guild_id: int | None) -> tuple[Preset, ...]:
        """List a person's own ones, if it is about one, then this server's, both by name."""
        rows = await self._db.read().fetch_all(
            """SELECT * FROM presets
            WHERE (owner_id = ? AND guild_id IS NULL) OR guild_id = ?
            ORDER BY guild_id IS NOT NULL, name""",
            (person_id, guild_id),
        )
        return tuple(map(_preset, rows))

    async def remove(self, preset: Preset) -> None:
        """Forget it."""
        async with self._db.write() as tx:
            await tx.execute(
                "DELETE FROM presets WHERE owner_id = ? AND guild_id IS ? AND name = ?",
                (preset.owner_id, preset.guild_id, preset.name),
            )


def _preset(row: sqlite3.Row) -> Preset:
    return Preset(
        owner_id=OwnerId(row["owner_id"]),
        name=row["name"],
        choices_json=row["choices_json"],
        guild_id=row["guild_id"],
    )
