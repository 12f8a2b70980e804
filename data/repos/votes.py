"""Votes: an append-only list of events, and the votes as they stand."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable

from data.db import Database
from data.errors import NotFound
from data.models import (
    OwnerId,
    PictureId,
    Question,
    RankedPicture,
    VoteAction,
    VoteSource,
    VoteTally,
)
from data.rows import to_ranked_picture


class VoteRepo:
    """One current vote per picture, person and question."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def cast(
        self,
        picture_id: PictureId,
        voter_id: OwnerId,
        question: Question,
        source: VoteSource,
        at_ms: int,
        weight: int = 1,
    ) -> bool:
        """Add a vote; False, and no event, when it stands already. Raises NotFound.

        A vote of the person who asked for the picture gets weight 0, whatever `weight` says.
        """
        async with self._db.write() as tx:
            owner = await tx.fetch_one(
                """SELECT owner_id FROM jobs JOIN pictures ON job_id = jobs.id
                WHERE pictures.id = ?""",
                (picture_id,),
            )
            if owner is None:
                raise NotFound(picture_id)
            if owner["owner_id"] == voter_id:
                weight = 0
            changed = await tx.execute(
                """INSERT INTO votes (picture_id, voter_id, question, weight, at_ms)
                VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING""",
                (picture_id, voter_id, question, weight, at_ms),
            )
            if changed:
                await tx.execute(
                    """INSERT INTO vote_events
                        (picture_id, voter_id, question, action, source, weight, at_ms)
                    VALUES (?, ?, ?, ?, ?, ?, ?)""",
                    (picture_id, voter_id, question, VoteAction.CAST, source, weight, at_ms),
                )
        return bool(changed)

    async def withdraw(
        self,
        picture_id: PictureId,
        voter_id: OwnerId,
        question: Question,
        source: VoteSource,
        at_ms: int,
    ) -> bool:
        """Take a vote back; False, and no event, when there is none."""
        async with self._db.write() as tx:
            row = await tx.fetch_one(
                """DELETE FROM votes WHERE picture_id = ? AND voter_id = ? AND question = ?
                RETURNING weight""",
                (picture_id, voter_id, question),
            )
            if row is not None:
                await tx.execute(
                    """INSERT INTO vote_events
                        (picture_id, voter_id, question, action, source, weight, at_ms)
                    VALUES (?, ?, ?, ?, ?, ?, ?)""",
                    (
                        *(picture_id, voter_id, question, VoteAction.WITHDRAWN),
                        *(source, row["weight"], at_ms),
                    ),
                )
        return row is not None

    async def voters(
        self, picture_id: PictureId, question: Question = Question.LIKE
    ) -> frozenset[OwnerId]:
        """Return everyone whose vote stands, the picture's owner included."""
        rows = await self._db.read().fetch_all(
            "SELECT voter_id FROM votes WHERE picture_id = ? AND question = ?",
            (picture_id, question),
        )
        return frozenset(OwnerId(row["voter_id"]) for row in rows)

    async def tally(
        self, picture_ids: Collection[PictureId], question: Question = Question.LIKE
    ) -> tuple[VoteTally, ...]:
        """Count the votes of each picture, in the order asked for."""
        rows = await self._db.read().fetch_all(
            """SELECT picture_id, voter_id, weight FROM votes
            WHERE question = ? AND picture_id IN (SELECT value FROM json_each(?))""",
            (question, json.dumps(list(picture_ids))),
        )
        return tuple(_tally(picture_id, rows) for picture_id in picture_ids)

    async def ranking(
        self,
        guild_id: int,
        channel_ids: Collection[int],
        since_ms: int,
        limit: int,
        question: Question = Question.LIKE,
    ) -> tuple[RankedPicture, ...]:
        """List the pictures with votes that count: most votes first, then the newest.

        Only pictures of finished, not quiet jobs in these channels of a server, drawn since then,
        whose message is still there. What is in a thread counts to the channel that the thread
        belongs to.
        """
        rows = await self._db.read().fetch_all(
            """SELECT pictures.*, jobs.owner_id, guild_id, channel_id, message_id, parent_id,
                sum(weight) AS votes
            FROM pictures -- CROSS keeps this order: by time, then only what has votes
            CROSS JOIN votes ON picture_id = pictures.id AND question = ? AND weight > 0
            CROSS JOIN jobs ON jobs.id = job_id
            WHERE guild_id = ? AND state = 'done' AND NOT quiet AND taken_down_ms IS NULL
                AND pictures.created_ms >= ?
                AND coalesce(parent_id, channel_id) IN (SELECT value FROM json_each(?))
            GROUP BY pictures.id
            ORDER BY votes DESC, pictures.created_ms DESC, jobs.seq DESC, ordinal
            LIMIT ?""",
            (question, guild_id, since_ms, json.dumps(list(channel_ids)), limit),
        )
        return tuple(to_ranked_picture(row) for row in rows)

    async def distinct_voters(
        self, guild_id: int, channel_ids: Collection[int], since_ms: int = 0
    ) -> int:
        """Count the people whose votes make up `ranking`."""
        row = await self._db.read().fetch_one(
            """SELECT count(DISTINCT voter_id) AS voters
            FROM pictures
            CROSS JOIN votes ON picture_id = pictures.id
            CROSS JOIN jobs ON jobs.id = job_id
            WHERE guild_id = ? AND state = 'done' AND NOT quiet AND taken_down_ms IS NULL
                AND coalesce(parent_id, channel_id) IN (SELECT value FROM json_each(?))
                AND pictures.created_ms >= ? AND weight > 0""",
            (guild_id, json.dumps(list(channel_ids)), since_ms),
        )
        return 0 if row is None else int(row["voters"])


def _tally(picture_id: PictureId, rows: Iterable[sqlite3.Row]) -> VoteTally:
    mine = [row for row in rows if row["picture_id"] == picture_id]
    return VoteTally(
        picture_id=picture_id,
        votes=sum(row["weight"] for row in mine),
        voters=frozenset(OwnerId(row["voter_id"]) for row in mine),
    )
