"""Imported styles that their importer trained elsewhere, and the drawings that say so."""

from __future__ import annotations

from typing import NamedTuple

from data.db import Database
from data.models import Checkpoint, DatasetId, Style, StyleId, StyleVersion, VersionId
from data.rows import to_checkpoint, to_style, to_version

# An import is published at once; what a training has begun is not, before its end.
_IMPORTED = """
    SELECT version.* FROM style_versions AS version
    JOIN styles ON styles.id = style_id
    WHERE style_id = ? AND source_file IS NOT NULL AND published_checkpoint_id IS NOT NULL
    ORDER BY number LIMIT 1
"""

# What ended without a file; their numbers and drawings would pass for the newest.
_LEFT_BY_TRIES = """
    DELETE FROM style_versions WHERE style_id = ? AND id != ?
    AND NOT EXISTS (SELECT 1 FROM checkpoints WHERE version_id = style_versions.id)
    AND NOT EXISTS (
        SELECT 1 FROM jobs WHERE jobs.id = job_id AND state IN ('queued', 'running')
    )
    RETURNING *
"""


class Imported(NamedTuple):
    """The version that an import made, with its file."""

    version: StyleVersion
    checkpoint: Checkpoint


class BroughtRepo:
    """Sets of drawings by the imported style that they belong to, as long as it is one."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def mark(self, dataset_id: DatasetId, style_id: StyleId) -> None:
        """Note that the style was trained on this set; NotFound where one of the two is not."""
        async with self._db.write() as tx:
            await tx.execute(
                """INSERT INTO brought (dataset_id, style_id) VALUES (?, ?)
                ON CONFLICT (dataset_id) DO UPDATE SET style_id = excluded.style_id""",
                (dataset_id, style_id),
            )

    async def draft_of(self, style_id: StyleId) -> DatasetId | None:
        """Find the open draft of a style."""
        row = await self._db.read().fetch_one(
            """SELECT dataset_id FROM brought JOIN datasets ON datasets.id = dataset_id
            WHERE style_id = ? AND sealed_ms IS NULL ORDER BY created_ms DESC LIMIT 1""",
            (style_id,),
        )
        return None if row is None else DatasetId(row["dataset_id"])

    async def style_of(self, dataset_id: DatasetId) -> Style | None:
        """Return the style of a set; None for an ordinary set, and once the style is one's own."""
        row = await self._db.read().fetch_one(
            """SELECT styles.* FROM brought JOIN styles ON styles.id = style_id
            WHERE dataset_id = ? AND deleted_ms IS NULL AND source_file IS NOT NULL""",
            (dataset_id,),
        )
        return None if row is None else to_style(row)

    async def imported(self, style_id: StyleId) -> Imported | None:
        """Return what an import made; None for a style that is none."""
        row = await self._db.read().fetch_one(_IMPORTED, (style_id,))
        if row is None:
            return None
        version = to_version(row)
        checkpoint = await self._db.read().fetch_one(
            "SELECT * FROM checkpoints WHERE id = ?", (version.published_checkpoint_id,)
        )
        return None if checkpoint is None else Imported(version, to_checkpoint(checkpoint))

    async def make_own(self, version_id: VersionId) -> tuple[str, ...]:
        """Put this version in the place of the style's imported one, and mark it no longer.

        It takes over number and sharing; what earlier tries left, which ended without a file, goes.
        Return the files that may be needed no more; none where the style is not imported.
        """
        async with self._db.write() as tx:
            row = await tx.fetch_one(
                "SELECT style_id FROM style_versions WHERE id = ?", (version_id,)
            )
            old = None if row is None else await self.imported(StyleId(row["style_id"]))
            if old is None or old.version.id == version_id:
                return ()
            await tx.execute("DELETE FROM style_versions WHERE id = ?", (old.version.id,))
            tries = await tx.fetch_all(_LEFT_BY_TRIES, (old.version.style_id, version_id))
            await tx.execute(
                "UPDATE style_versions SET number = ?, shared_ms = ? WHERE id = ?",
                (old.version.number, old.version.shared_ms, version_id),
            )
            await tx.execute(
                "UPDATE styles SET source_file = NULL WHERE id = ?", (old.version.style_id,)
            )
        bare = (sha256 for row in tries for sha256 in to_version(row).bare_sha256s)
        return (*old.checkpoint.sample_sha256s, *bare)
