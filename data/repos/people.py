"""People and channels: what they used or chose last, so that they need not say it again."""

from __future__ import annotations

from typing import Final

from data.db import Database
from data.models import JobKind, OwnerId, StyleId, StyleUse

#: An artist's hand may change; and of thousands of draws a card must not read all.
_DRAWS_LOOKED_AT: Final = 100


class PeopleRepo:
    """Small memories; a style that was erased is forgotten by itself."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def last_use(self, owner_id: OwnerId) -> StyleUse | None:
        """Return the style that the person asked for last, or has just finished training.

        They may have lost the right to it since.
        """
        row = await self._db.read().fetch_one(
            """SELECT style_id, kind FROM jobs
            WHERE owner_id = ? AND style_id IS NOT NULL AND (kind = 'draw' OR state = 'done')
            ORDER BY iif(kind = 'train', finished_ms, created_ms) DESC, seq DESC LIMIT 1""",
            (owner_id,),
        )
        return None if row is None else StyleUse(row["style_id"], JobKind(row["kind"]))

    async def usual_score(self, owner_id: OwnerId, style_id: StyleId, *, least: int) -> int | None:
        """Return the score that a person drew most often with in a style, of several the latest.

        None where fewer than `least` of their last draws that are done had a score.
        """
        rows = await self._db.read().fetch_all(
            """SELECT score, count(*) AS times, max(seq) AS latest FROM (
                SELECT json_extract(request_json, '$.recipes[0].score') AS score, seq FROM jobs
                WHERE style_id = ? AND owner_id = ? AND kind = 'draw' AND state = 'done'
                ORDER BY seq DESC LIMIT ?
            ) WHERE score IS NOT NULL
            GROUP BY score ORDER BY times DESC, latest DESC""",
            (style_id, owner_id, _DRAWS_LOOKED_AT),
        )
        is_enough = sum(row["times"] for row in rows) >= least
        return rows[0]["score"] if rows and is_enough else None

    async def set_locale(self, owner_id: OwnerId, locale: str) -> None:
        """Note the person's language."""
        async with self._db.write() as tx:
            await tx.execute(
                """INSERT INTO people (owner_id, locale) VALUES (?, ?)
                ON CONFLICT (owner_id) DO UPDATE SET locale = excluded.locale""",
                (owner_id, locale),
            )

    async def locale(self, owner_id: OwnerId) -> str | None:
        """Return the person's language, when it is known."""
        row = await self._db.read().fetch_one(
            "SELECT locale FROM people WHERE owner_id = ?", (owner_id,)
        )
        return None if row is None else row["locale"]

    async def set_channel_style(
        self, channel_id: int, guild_id: int | None, style_id: StyleId | None
    ) -> None:
        """Choose what a channel draws with by default, or nothing; raise NotFound."""
        async with self._db.write() as tx:
            await tx.execute(
                """INSERT INTO channels (channel_id, guild_id, default_style_id) VALUES (?, ?, ?)
                ON CONFLICT (channel_id) DO UPDATE SET
                    guild_id = excluded.guild_id, default_style_id = excluded.default_style_id""",
                (channel_id, guild_id, style_id),
            )

    async def channel_style(self, channel_id: int) -> StyleId | None:
        """Return what the channel draws with by default."""
        row = await self._db.read().fetch_one(
            "SELECT default_style_id FROM channels WHERE channel_id = ?", (channel_id,)
        )
        return None if row is None else row["default_style_id"]
