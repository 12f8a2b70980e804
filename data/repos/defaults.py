"""Defaults of people, servers and styles."""

from __future__ import annotations

from data.db import Database
from data.models import OwnerId
from data.settings import Default, Holder

_FORGET = "DELETE FROM defaults WHERE person_id IS ? AND guild_id IS ? AND style_id IS ?"


class DefaultRepo:
    """At most one row per holder; a style's goes with the style."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def get(self, holder: Holder) -> Default | None:
        """Return what is set, if anything is."""
        row = await self._db.read().fetch_one(
            """SELECT choices_json, set_by FROM defaults
            WHERE person_id IS ? AND guild_id IS ? AND style_id IS ?""",
            _ids(holder),
        )
        if row is None:
            return None
        return Default(holder=holder, choices_json=row["choices_json"], set_by=row["set_by"])

    async def put(self, default: Default, now: int) -> None:
        """Keep it in place of what was set; raise NotFound when the style is gone."""
        async with self._db.write() as tx:
            await tx.execute(_FORGET, _ids(default.holder))
            await tx.execute(
                """INSERT INTO defaults
                (person_id, guild_id, style_id, choices_json, set_by, set_ms)
                VALUES (?, ?, ?, ?, ?, ?)""",
                (*_ids(default.holder), default.choices_json, default.set_by, now),
            )

    async def forget(self, holder: Holder) -> None:
        """Set nothing any more."""
        async with self._db.write() as tx:
            await tx.execute(_FORGET, _ids(holder))


def _ids(holder: Holder) -> tuple[OwnerId | int | str | None, ...]:
    return holder.person_id, holder.guild_id, holder.style_id
