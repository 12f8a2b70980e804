"""Which styles' files others may have: what the host's export folder follows."""

from __future__ import annotations

from data.db import Database
from data.models import Checkpoint, Style, StyleVersion
from data.rows import to_checkpoint, to_style, to_version

_SHARED = """
    SELECT version.*, coalesce(
        published_checkpoint_id,
        (SELECT id FROM checkpoints WHERE version_id = version.id ORDER BY step DESC LIMIT 1)
    ) AS drawn_with
    FROM style_versions AS version JOIN styles ON styles.id = version.style_id
    WHERE version.shared_ms IS NOT NULL AND styles.deleted_ms IS NULL
    ORDER BY version.created_ms, version.rowid
"""


class ExportRepo:
    """Styles of all people at once; for the host alone."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def styles(self) -> tuple[Style, ...]:
        """List all styles, without deleted ones, the oldest first."""
        rows = await self._db.read().fetch_all(
            "SELECT * FROM styles WHERE deleted_ms IS NULL ORDER BY created_ms, rowid"
        )
        return tuple(to_style(row) for row in rows)

    async def shared(self) -> tuple[tuple[StyleVersion, Checkpoint], ...]:
        """List every version that a server may draw with, and the checkpoint that it takes."""
        found: list[tuple[StyleVersion, Checkpoint]] = []
        for row in await self._db.read().fetch_all(_SHARED):
            checkpoint = await self._db.read().fetch_one(
                "SELECT * FROM checkpoints WHERE id = ?", (row["drawn_with"],)
            )
            if checkpoint is not None:
                found.append((to_version(row), to_checkpoint(checkpoint)))
        return tuple(found)
