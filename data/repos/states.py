"""Training states: the big files that an interrupted training goes on from."""

from __future__ import annotations

from data.db import Database
from data.models import JobId


class StateRepo:
    """States by the job that may need them; its end drops them all."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def of_job(self, job_id: JobId) -> frozenset[str]:
        """List the files that are kept for a job."""
        rows = await self._db.read().fetch_all(
            """SELECT state_sha256 FROM checkpoints
            JOIN style_versions AS version ON version.id = version_id
            WHERE job_id = ? AND state_sha256 IS NOT NULL""",
            (job_id,),
        )
        return frozenset(row["state_sha256"] for row in rows)

    async def forget_old(self, job_id: JobId) -> None:
        """Drop all but the newest."""
        async with self._db.write() as tx:
            await tx.execute(
                """UPDATE checkpoints SET state_sha256 = NULL
                FROM style_versions AS version
                WHERE version.id = version_id AND version.job_id = ? AND step < (
                    SELECT max(step) FROM checkpoints AS other
                    WHERE other.version_id = version.id
                )""",
                (job_id,),
            )
