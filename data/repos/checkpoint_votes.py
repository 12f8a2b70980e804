"""Votes for checkpoints: an append-only list of events, and the votes as they stand."""

from __future__ import annotations

from data.db import Database
from data.errors import NotFound
from data.models import (
    Checkpoint,
    CheckpointId,
    OwnerId,
    PictureMessage,
    VersionId,
    VoteAction,
    VoteSource,
)
from data.rows import to_checkpoint


class CheckpointVoteRepo:
    """One current vote per checkpoint and person."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def cast(
        self, checkpoint_id: CheckpointId, voter_id: OwnerId, source: VoteSource, at_ms: int
    ) -> bool:
        """Add a vote; False, and no event, when it stands already. Raises NotFound.

        The vote of the style's own artist gets weight 0.
        """
        async with self._db.write() as tx:
            owner = await tx.fetch_one(
                """SELECT owner_id FROM checkpoints
                JOIN style_versions ON style_versions.id = version_id
                JOIN styles ON styles.id = style_id
                WHERE checkpoints.id = ?""",
                (checkpoint_id,),
            )
            if owner is None:
                raise NotFound(checkpoint_id)
            weight = 0 if owner["owner_id"] == voter_id else 1
            changed = await tx.execute(
                """INSERT INTO checkpoint_votes (checkpoint_id, voter_id, weight, at_ms)
                VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING""",
                (checkpoint_id, voter_id, weight, at_ms),
            )
            if changed:
                await tx.execute(
                    """INSERT INTO checkpoint_vote_events
                        (checkpoint_id, voter_id, action, source, weight, at_ms)
                    VALUES (?, ?, ?, ?, ?, ?)""",
                    (checkpoint_id, voter_id, VoteAction.CAST, source, weight, at_ms),
                )
        return bool(changed)

    async def withdraw(
        self, checkpoint_id: CheckpointId, voter_id: OwnerId, source: VoteSource, at_ms: int
    ) -> bool:
        """Take a vote back; False, and no event, when there is none."""
        async with self._db.write() as tx:
            row = await tx.fetch_one(
                """DELETE FROM checkpoint_votes WHERE checkpoint_id = ? AND voter_id = ?
                RETURNING weight""",
                (checkpoint_id, voter_id),
            )
            if row is not None:
                await tx.execute(
                    """INSERT INTO checkpoint_vote_events
                        (checkpoint_id, voter_id, action, source, weight, at_ms)
                    VALUES (?, ?, ?, ?, ?, ?)""",
                    (
                        *(checkpoint_id, voter_id, VoteAction.WITHDRAWN),
                        *(source, row["weight"], at_ms),
                    ),
                )
        return row is not None

    async def voters(self, checkpoint_id: CheckpointId) -> frozenset[OwnerId]:
        """Return everyone whose vote stands, the artist included."""
        rows = await self._db.read().fetch_all(
            "SELECT voter_id FROM checkpoint_votes WHERE checkpoint_id = ?", (checkpoint_id,)
        )
        return frozenset(OwnerId(row["voter_id"]) for row in rows)

    async def counts(self, version_id: VersionId) -> dict[CheckpointId, int]:
        """Count the votes that weigh something, by checkpoint; those without any are left out."""
        rows = await self._db.read().fetch_all(
            """SELECT checkpoint_id, sum(weight) AS votes
            FROM checkpoint_votes JOIN checkpoints ON checkpoints.id = checkpoint_id
            WHERE version_id = ? GROUP BY checkpoint_id HAVING votes > 0""",
            (version_id,),
        )
        return {CheckpointId(row["checkpoint_id"]): int(row["votes"]) for row in rows}

    async def on_message(self, message_id: int) -> tuple[Checkpoint, ...]:
        """List the checkpoints of the finished training that a message shows, by step."""
        rows = await self._db.read().fetch_all(
            """SELECT checkpoints.* FROM checkpoints
            JOIN style_versions ON style_versions.id = version_id
            JOIN jobs ON jobs.id = job_id
            WHERE message_id = ? AND kind = 'train' AND state = 'done'
            ORDER BY step""",
            (message_id,),
        )
        return tuple(to_checkpoint(row) for row in rows)

    async def messages_since(self, since_ms: int) -> tuple[PictureMessage, ...]:
        """List the messages of trainings that ended since then, the newest first.

        Their reactions are read again after the bot was away. Without those known to be gone.
        """
        rows = await self._db.read().fetch_all(
            """SELECT channel_id, message_id, id AS job_id FROM jobs
            WHERE message_id IS NOT NULL AND channel_id IS NOT NULL AND taken_down_ms IS NULL
                AND kind = 'train' AND state = 'done' AND finished_ms >= ?
            ORDER BY seq DESC""",
            (since_ms,),
        )
        return tuple(
            PictureMessage(row["channel_id"], row["message_id"], row["job_id"]) for row in rows
        )
