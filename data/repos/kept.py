"""Checkpoints that are kept as versions of their style, beside the one that is drawn with."""

from __future__ import annotations

import json
from collections.abc import Sequence

from data.db import Database
from data.ids import new_id
from data.models import CheckpointId, StyleVersion, VersionId
from data.rows import to_version

# A kept version has no checkpoint of its own: its published one is another version's.
_KEPT = """
    SELECT kept.* FROM style_versions AS kept
    JOIN checkpoints ON checkpoints.id = kept.published_checkpoint_id
    WHERE checkpoints.version_id = ? AND kept.id <> checkpoints.version_id
    ORDER BY kept.number
"""

_LET_GO = """
    UPDATE style_versions SET published_checkpoint_id = NULL, shared_ms = NULL
    WHERE id IN (
        SELECT kept.id FROM style_versions AS kept
        JOIN checkpoints ON checkpoints.id = kept.published_checkpoint_id
        WHERE checkpoints.version_id = :version_id AND kept.id <> checkpoints.version_id
            AND checkpoints.id NOT IN (SELECT value FROM json_each(:checkpoint_ids))
    )
"""

_KEEP = """
    INSERT INTO style_versions (
        id, style_id, number, base, base_sha256, family,
        recipe_json, created_ms, published_checkpoint_id
    )
    SELECT
        :id, trained.style_id,
        (SELECT max(number) + 1 FROM style_versions WHERE style_id = trained.style_id),
        trained.base, trained.base_sha256, trained.family,
        trained.recipe_json, :now, checkpoints.id
    FROM checkpoints JOIN style_versions AS trained ON trained.id = checkpoints.version_id
    WHERE checkpoints.id = :checkpoint_id AND trained.id = :version_id
        AND NOT EXISTS (
            SELECT 1 FROM style_versions AS kept
            WHERE kept.published_checkpoint_id = checkpoints.id AND kept.id <> trained.id
        )
"""


class KeptRepo:
    """Versions that point at a checkpoint of another one."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def of_version(self, version_id: VersionId) -> tuple[StyleVersion, ...]:
        """List the versions that keep a checkpoint of this training, by number."""
        rows = await self._db.read().fetch_all(_KEPT, (version_id,))
        return tuple(to_version(row) for row in rows)

    async def keep(
        self, version_id: VersionId, checkpoint_ids: Sequence[CheckpointId], now: int
    ) -> None:
        """Keep exactly these checkpoints of a training, each as a private version.

        What is kept already stays as it is. One that is let go leaves its row, so that its number
        never means another checkpoint.
        """
        facts = {"version_id": version_id, "checkpoint_ids": json.dumps(list(checkpoint_ids))}
        async with self._db.write() as tx:
            await tx.execute(_LET_GO, facts)
            for checkpoint_id in checkpoint_ids:
                await tx.execute(
                    _KEEP,
                    {
                        "id": new_id(),
                        "version_id": version_id,
                        "checkpoint_id": checkpoint_id,
                        "now": now,
                    },
                )
