"""The pictures that draws start from."""

from __future__ import annotations

from collections.abc import Collection

from data.db import Database
from data.models import JobId


class StartRepo:
    """Rows that keep a file from being swept as long as its job may need it."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(self, job_id: JobId, sha256s: Collection[str]) -> None:
        """Say what a job starts from."""
        async with self._db.write() as tx:
            for sha256 in sha256s:
                await tx.execute(
                    "INSERT INTO draw_starts (job_id, sha256) VALUES (?, ?) ON CONFLICT DO NOTHING",
                    (job_id, sha256),
                )

    async def of_job(self, job_id: JobId) -> frozenset[str]:
        """List what a job starts from; less than its recipes say, when that was erased."""
        rows = await self._db.read().fetch_all(
            "SELECT sha256 FROM draw_starts WHERE job_id = ?", (job_id,)
        )
        return frozenset(row["sha256"] for row in rows)
