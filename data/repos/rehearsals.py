"""What a training shows on its way, besides its checkpoints: losses, samples without the style."""

from __future__ import annotations

import json
from collections.abc import Sequence

from data.db import Database
from data.losses import LossPoint
from data.models import JobId


class RehearsalRepo:
    """By the job of a training; every write names the attempt that made it."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def note_loss(self, job_id: JobId, attempt: int, point: LossPoint) -> bool:
        """Keep a point of the loss, in place of an earlier attempt's; False when fenced off."""
        async with self._db.write() as tx:
            changed = await tx.execute(
                """INSERT INTO training_losses (version_id, step, loss)
                SELECT version.id, ?, ?
                FROM style_versions AS version JOIN jobs ON jobs.id = version.job_id
                WHERE jobs.id = ? AND jobs.attempt = ? AND jobs.state = 'running'
                ON CONFLICT (version_id, step) DO UPDATE SET loss = excluded.loss""",
                (point.step, point.loss, job_id, attempt),
            )
        return bool(changed)

    async def losses(self, job_id: JobId) -> tuple[LossPoint, ...]:
        """List the points by step."""
        rows = await self._db.read().fetch_all(
            """SELECT step, loss FROM training_losses
            JOIN style_versions ON style_versions.id = version_id
            WHERE job_id = ? ORDER BY step""",
            (job_id,),
        )
        return tuple(LossPoint(row["step"], row["loss"]) for row in rows)

    async def keep_bare(self, job_id: JobId, attempt: int, sha256s: Sequence[str]) -> bool:
        """Keep the samples without the style; False when there are some, or when fenced off."""
        async with self._db.write() as tx:
            changed = await tx.execute(
                """UPDATE style_versions SET bare_sha256s = ?
                FROM jobs
                WHERE jobs.id = style_versions.job_id AND jobs.id = ? AND jobs.attempt = ?
                    AND jobs.state = 'running' AND bare_sha256s = '[]'""",
                (json.dumps(list(sha256s)), job_id, attempt),
            )
        return bool(changed)
