"""Pictures: what jobs drew, and where it is shown."""

from __future__ import annotations

import json
from collections.abc import Collection

from data.db import Database
from data.errors import NotFound
from data.ids import new_id
from data.models import JobId, Picture, PictureId, PictureMessage, RankedPicture, StyleId
from data.rows import to_picture, to_ranked_picture


class PictureRepo:
    """One row per drawn picture."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(
        self,
        job_id: JobId,
        attempt: int,
        ordinal: int,
        sha256: str,
        recipe_json: str,
        rules: int,
        style_id: StyleId | None,
        now: int,
    ) -> Picture | None:
        """Keep a picture that this attempt of the job drew; None when it is fenced off.

        A place that has its picture keeps it, and that one is returned: so a later attempt
        never exchanges a picture that people may have voted for.
        """
        async with self._db.write() as tx:
            await tx.execute(
                """INSERT INTO pictures
                    (id, job_id, ordinal, sha256, recipe_json, rules, style_id, created_ms)
                SELECT ?, id, ?, ?, ?, ?, ?, ? FROM jobs
                WHERE id = ? AND attempt = ? AND state = 'running'
                ON CONFLICT (job_id, ordinal) DO NOTHING""",
                (
                    *(new_id(), ordinal, sha256, recipe_json, rules, style_id, now),
                    *(job_id, attempt),
                ),
            )
            row = await tx.fetch_one(
                """SELECT pictures.* FROM pictures JOIN jobs ON jobs.id = job_id
                WHERE job_id = ? AND ordinal = ? AND attempt = ? AND state = 'running'""",
                (job_id, ordinal, attempt),
            )
        return None if row is None else to_picture(row)

    async def get(self, picture_id: PictureId) -> Picture:
        """Return the picture; raise NotFound."""
        row = await self._db.read().fetch_one("SELECT * FROM pictures WHERE id = ?", (picture_id,))
        if row is None:
            raise NotFound(picture_id)
        return to_picture(row)

    async def of_job(self, job_id: JobId) -> tuple[Picture, ...]:
        """List the job's pictures in the order of the grid."""
        rows = await self._db.read().fetch_all(
            "SELECT * FROM pictures WHERE job_id = ? ORDER BY ordinal", (job_id,)
        )
        return tuple(to_picture(row) for row in rows)

    async def by_message_ordinal(self, message_id: int, ordinal: int) -> Picture | None:
        """Return the picture at this place (from 0) of the grid that a message shows."""
        row = await self._db.read().fetch_one(
            """SELECT pictures.* FROM pictures JOIN jobs ON jobs.id = job_id
            WHERE message_id = ? AND ordinal = ?
            ORDER BY jobs.seq DESC LIMIT 1""",
            (message_id, ordinal),
        )
        return None if row is None else to_picture(row)

    async def recent(
        self, guild_id: int, channel_ids: Collection[int], since_ms: int, limit: int
    ) -> tuple[RankedPicture, ...]:
        """List the newest pictures of finished, not quiet jobs in these channels of a server.

        Only those drawn since then whose message is still there. What is in a thread counts to
        the channel that the thread belongs to.
        """
        rows = await self._db.read().fetch_all(
            """SELECT pictures.*, jobs.owner_id, guild_id, channel_id, message_id, parent_id,
                (
                    SELECT coalesce(sum(weight), 0) FROM votes
                    WHERE picture_id = pictures.id AND question = 'like'
                ) AS votes
            FROM pictures
            CROSS JOIN jobs ON jobs.id = job_id -- CROSS keeps this order: by time, until enough
            WHERE guild_id = ? AND state = 'done' AND NOT quiet AND taken_down_ms IS NULL
                AND pictures.created_ms >= ?
                AND coalesce(parent_id, channel_id) IN (SELECT value FROM json_each(?))
            ORDER BY pictures.created_ms DESC, jobs.seq DESC, ordinal
            LIMIT ?""",
            (guild_id, since_ms, json.dumps(list(channel_ids)), limit),
        )
        return tuple(to_ranked_picture(row) for row in rows)

    async def messages_since(self, since_ms: int) -> tuple[PictureMessage, ...]:
        """List the messages whose pictures are at least this new, the newest first.

        Their reactions are read again after the bot was away. Without those known to be gone.
        """
        rows = await self._db.read().fetch_all(
            """SELECT channel_id, message_id, jobs.id AS job_id
            FROM jobs
            WHERE message_id IS NOT NULL AND channel_id IS NOT NULL AND taken_down_ms IS NULL
                AND jobs.id IN (SELECT job_id FROM pictures WHERE created_ms >= ?)
            ORDER BY seq DESC""",
            (since_ms,),
        )
        return tuple(
            PictureMessage(row["channel_id"], row["message_id"], row["job_id"]) for row in rows
        )
