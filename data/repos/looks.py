"""How drawings look, and the drawings that are made again from what was handed over."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping

from data.db import Database, Transaction
from data.errors import NotFound
from data.looks import Box, KeptLook
from data.models import DatasetId, DrawingId


class LookRepo:
    """At most one row per drawing; drawings from before it existed have none."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def put(self, drawing_id: DrawingId, look: KeptLook) -> None:
        """Keep what was measured of a drawing, in place of what was known before."""
        async with self._db.write() as tx:
            await _put(tx, drawing_id, look)

    async def of_dataset(self, dataset_id: DatasetId) -> Mapping[DrawingId, KeptLook]:
        """Return the looks of all its drawings that have one."""
        rows = await self._db.read().fetch_all(
            """SELECT drawing_looks.* FROM drawing_looks
            JOIN drawings ON drawings.id = drawing_id WHERE dataset_id = ?""",
            (dataset_id,),
        )
        return {DrawingId(row["drawing_id"]): _to_look(row) for row in rows}

    async def repaint(
        self, drawing_id: DrawingId, sha256: str, width: int, height: int, look: KeptLook
    ) -> None:
        """Put another picture in a drawing's place.

        Raises NotFound, or Conflict when that picture is in the dataset already or it is sealed.
        """
        async with self._db.write() as tx:
            changed = await tx.execute(
                "UPDATE drawings SET sha256 = ?, width = ?, height = ? WHERE id = ?",
                (sha256, width, height, drawing_id),
            )
            if not changed:
                raise NotFound(drawing_id)
            await _put(tx, drawing_id, look)

    async def copy(self, from_id: DatasetId, to_id: DatasetId) -> None:
        """Give the same pictures in another version the same looks."""
        async with self._db.write() as tx:
            await tx.execute(
                """INSERT INTO drawing_looks
                SELECT new.id, look_json, source_sha256, paper, crop_json
                FROM drawings AS new
                JOIN drawings AS old ON old.sha256 = new.sha256 AND old.dataset_id = ?
                JOIN drawing_looks ON drawing_looks.drawing_id = old.id
                WHERE new.dataset_id = ?""",
                (from_id, to_id),
            )


async def _put(tx: Transaction, drawing_id: DrawingId, look: KeptLook) -> None:
    crop = None if look.crop is None else json.dumps(look.crop)
    await tx.execute(
        """INSERT OR REPLACE INTO drawing_looks
            (drawing_id, look_json, source_sha256, paper, crop_json)
        VALUES (?, ?, ?, ?, ?)""",
        (drawing_id, look.look_json, look.source_sha256, look.paper, crop),
    )


def _to_look(row: sqlite3.Row) -> KeptLook:
    crop: Box | None = None
    if row["crop_json"] is not None:
        left, top, right, bottom = json.loads(row["crop_json"])
        crop = (left, top, right, bottom)
    return KeptLook(
        look_json=row["look_json"],
        source_sha256=row["source_sha256"],
        paper=row["paper"],
        crop=crop,
    )
