"""Checkpoints of style versions."""

from __future__ import annotations

import json
from collections.abc import Sequence

from data.db import Database
from data.errors import NotFound
from data.ids import new_id
from data.models import Checkpoint, CheckpointId, VersionId
from data.rows import to_checkpoint


class CheckpointRepo:
    """What trainings left behind, and which of it a version is drawn with."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(
        self,
        version_id: VersionId,
        attempt: int | None,
        *,
        step: int,
        steps: int,
        loss: float | None,
        held_out_loss: float | None,
        style_sha256: str,
        state_sha256: str | None,
        sample_sha256s: Sequence[str],
        now: int,
    ) -> Checkpoint | None:
        """Keep a checkpoint that this attempt of the version's job made.

        None when the attempt is fenced off (`attempt` is None for a version without a job). A step
        that is already kept stays as it is and is returned.
        """
        async with self._db.write() as tx:
            await tx.execute(
                """INSERT INTO checkpoints (
                    id, version_id, step, steps, loss, held_out_loss,
                    style_sha256, state_sha256, sample_sha256s, created_ms
                )
                SELECT ?, version.id, ?, ?, ?, ?, ?, ?, ?, ?
                FROM style_versions AS version LEFT JOIN jobs ON jobs.id = version.job_id
                WHERE version.id = ? AND jobs.attempt IS ?
                    AND coalesce(jobs.state, 'running') = 'running'
                ON CONFLICT (version_id, step) DO NOTHING""",
                (
                    *(new_id(), step, steps, loss, held_out_loss, style_sha256, state_sha256),
                    *(json.dumps(list(sample_sha256s)), now, version_id, attempt),
                ),
            )
            row = await tx.fetch_one(
                """SELECT checkpoints.* FROM checkpoints
                JOIN style_versions AS version ON version.id = version_id
                LEFT JOIN jobs ON jobs.id = version.job_id
                WHERE version_id = ? AND checkpoints.step = ? AND jobs.attempt IS ?
                    AND coalesce(jobs.state, 'running') = 'running'""",
                (version_id, step, attempt),
            )
        return None if row is None else to_checkpoint(row)

    async def get(self, checkpoint_id: CheckpointId) -> Checkpoint:
        """Return the checkpoint; raise NotFound."""
        row = await self._db.read().fetch_one(
            "SELECT * FROM checkpoints WHERE id = ?", (checkpoint_id,)
        )
        if row is None:
            raise NotFound(checkpoint_id)
        return to_checkpoint(row)

    async def of_version(self, version_id: VersionId) -> tuple[Checkpoint, ...]:
        """List the version's checkpoints by step."""
        rows = await self._db.read().fetch_all(
            "SELECT * FROM checkpoints WHERE version_id = ? ORDER BY step", (version_id,)
        )
        return tuple(to_checkpoint(row) for row in rows)

    async def publish(self, checkpoint_id: CheckpointId) -> None:
        """Make this the checkpoint that its version is drawn with; raise NotFound."""
        async with self._db.write() as tx:
            changed = await tx.execute(
                """UPDATE style_versions SET published_checkpoint_id = checkpoints.id
                FROM checkpoints
                WHERE style_versions.id = checkpoints.version_id AND checkpoints.id = ?""",
                (checkpoint_id,),
            )
        if not changed:
            raise NotFound(checkpoint_id)
