"""Several bases: which one a draft is trained on, and which ones jobs wait for."""

from __future__ import annotations

from data.db import Database
from data.models import DatasetId, JobId


class BaseRepo:
    """Bases by the names that the host gave them; "" is the host's first."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def chosen(self, dataset_id: DatasetId) -> str:
        """Return the base that a set is trained on."""
        row = await self._db.read().fetch_one(
            "SELECT base FROM base_choices WHERE dataset_id = ?", (dataset_id,)
        )
        return "" if row is None else row["base"]

    async def choose(self, dataset_id: DatasetId, base: str) -> None:
        """Keep the choice; raise Conflict once the set is sealed, or when there is none."""
        async with self._db.write() as tx:
            await tx.execute(
                """INSERT INTO base_choices (dataset_id, base) VALUES (?, ?)
                ON CONFLICT (dataset_id) DO UPDATE SET base = excluded.base""",
                (dataset_id, base),
            )

    async def waited_for(self) -> dict[str, int]:
        """Tell which bases queued jobs wait for, and since when (UTC milliseconds)."""
        rows = await self._db.read().fetch_all(
            """SELECT base, min(created_ms) AS since FROM jobs WHERE state = 'queued'
            GROUP BY base"""
        )
        return {row["base"]: row["since"] for row in rows}

    async def put_aside(self, job_id: JobId, attempt: int) -> bool:
        """Let a running job wait for its base's next turn, unless it is to be cancelled."""
        async with self._db.write() as tx:
            changed = await tx.execute(
                """UPDATE jobs SET state = 'queued', started_ms = NULL, eta_at_ms = NULL
                WHERE id = ? AND attempt = ? AND state = 'running' AND NOT cancel_requested""",
                (job_id, attempt),
            )
        return changed > 0
