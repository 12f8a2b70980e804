"""Datasets: drafts that drawings are put into, and sealed versions that never change."""

from __future__ import annotations

from collections.abc import Collection

from data.captions import CaptionSource
from data.db import Database, Transaction
from data.errors import Conflict, NotFound
from data.ids import new_id
from data.models import Dataset, DatasetId, Drawing, DrawingId, OwnerId
from data.repos.kinds import copy_kinds
from data.rows import to_dataset, to_drawing


class DatasetRepo:
    """One row per version of a set of drawings."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def open_draft(
        self, owner_id: OwnerId, name: str, guild_id: int | None, channel_id: int | None, now: int
    ) -> Dataset:
        """Begin a new set of drawings: version 1, unsealed."""
        dataset_id = new_id()
        async with self._db.write() as tx:
            await tx.execute(
                """INSERT INTO datasets
                    (id, lineage, owner_id, name, version, guild_id, channel_id, created_ms)
                VALUES (?, ?, ?, ?, 1, ?, ?, ?)""",
                (dataset_id, dataset_id, owner_id, name, guild_id, channel_id, now),
            )
        return await self.get(DatasetId(dataset_id))

    async def open_next_version(self, dataset_id: DatasetId, now: int) -> Dataset:
        """Begin the next version of a set, with its drawings and choices; raise NotFound."""
        next_id = DatasetId(new_id())
        async with self._db.write() as tx:
            changed = await tx.execute(
                """INSERT INTO datasets
                    (id, lineage, owner_id, name, version, guild_id, channel_id, created_ms)
                SELECT ?, lineage, owner_id, name,
                    (SELECT max(version) + 1 FROM datasets AS all_of WHERE lineage = old.lineage),
                    guild_id, channel_id, ?
                FROM datasets AS old WHERE id = ?""",
                (next_id, now, dataset_id),
            )
            if not changed:
                raise NotFound(dataset_id)
            for drawing in await _drawings(tx, dataset_id):
                await _insert(tx, next_id, drawing)
            await tx.execute(
                """INSERT INTO caption_settings
                    (dataset_id, trigger_word, keeps_scores, tells_tags)
                SELECT ?, trigger_word, keeps_scores, tells_tags
                FROM caption_settings WHERE dataset_id = ?""",
                (next_id, dataset_id),
            )
            await tx.execute(
                """INSERT INTO split_choices (dataset_id, train_on_all)
                SELECT ?, train_on_all FROM split_choices WHERE dataset_id = ?""",
                (next_id, dataset_id),
            )
            await tx.execute(
                """INSERT INTO recipe_choices (dataset_id, recipe, changes)
                SELECT ?, recipe, changes FROM recipe_choices WHERE dataset_id = ?""",
                (next_id, dataset_id),
            )
            await copy_kinds(tx, dataset_id, next_id)
            await tx.execute(
                """INSERT INTO base_choices (dataset_id, base)
                SELECT ?, base FROM base_choices WHERE dataset_id = ?""",
                (next_id, dataset_id),
            )
        return await self.get(next_id)

    async def get(self, dataset_id: DatasetId) -> Dataset:
        """Return the dataset version; raise NotFound."""
        row = await self._db.read().fetch_one("SELECT * FROM datasets WHERE id = ?", (dataset_id,))
        if row is None:
            raise NotFound(dataset_id)
        return to_dataset(row)

    async def drafts_of(self, owner_id: OwnerId) -> tuple[Dataset, ...]:
        """List the person's unsealed datasets, the newest first."""
        rows = await self._db.read().fetch_all(
            """SELECT * FROM datasets WHERE owner_id = ? AND sealed_ms IS NULL
            ORDER BY created_ms DESC, rowid DESC""",
            (owner_id,),
        )
        return tuple(to_dataset(row) for row in rows)

    async def of_owner(self, owner_id: OwnerId) -> tuple[Dataset, ...]:
        """List all dataset versions of a person, the newest first."""
        rows = await self._db.read().fetch_all(
            "SELECT * FROM datasets WHERE owner_id = ? ORDER BY created_ms DESC, rowid DESC",
            (owner_id,),
        )
        return tuple(to_dataset(row) for row in rows)

    async def rename(self, dataset_id: DatasetId, name: str) -> None:
        """Give the dataset version another name; raise NotFound."""
        async with self._db.write() as tx:
            changed = await tx.execute(
                "UPDATE datasets SET name = ? WHERE id = ?", (name, dataset_id)
            )
        if not changed:
            raise NotFound(dataset_id)

    async def add_drawing(
        self,
        dataset_id: DatasetId,
        sha256: str,
        file_name: str,
        width: int,
        height: int,
        caption: str,
        source: CaptionSource | None = None,
    ) -> Drawing:
        """Put a drawing at the end; without a `source` a caption is the artist's own.

        Raises Conflict when the same picture is in it already or the dataset is sealed, NotFound
        when there is no such dataset.
        """
        drawing_id = DrawingId(new_id())
        if source is None and caption:
            source = CaptionSource.ARTIST
        size, words = (width, height), (caption, source)
        async with self._db.write() as tx:
            row = await tx.fetch_one(
                """INSERT INTO drawings
                    (id, dataset_id, ordinal, sha256, file_name, width, height, caption,
                    caption_source)
                SELECT ?, ?, coalesce(max(ordinal), 0) + 1, ?, ?, ?, ?, ?, ?
                FROM drawings WHERE dataset_id = ?
                RETURNING *""",
                (drawing_id, dataset_id, sha256, file_name, *size, *words, dataset_id),
            )
        if row is None:
            raise NotFound(dataset_id)
        return to_drawing(row)

    async def drawings(self, dataset_id: DatasetId) -> tuple[Drawing, ...]:
        """List the drawings in the artist's order."""
        rows = await self._db.read().fetch_all(
            "SELECT * FROM drawings WHERE dataset_id = ? ORDER BY ordinal", (dataset_id,)
        )
        return tuple(to_drawing(row) for row in rows)

    async def remove_drawing(self, drawing_id: DrawingId) -> None:
        """Take a drawing out; raise NotFound, or Conflict once sealed."""
        async with self._db.write() as tx:
            changed = await tx.execute("DELETE FROM drawings WHERE id = ?", (drawing_id,))
        if not changed:
            raise NotFound(drawing_id)

    async def seal(
        self, dataset_id: DatasetId, held_out_ids: Collection[DrawingId], now: int
    ) -> Dataset:
        """Fix the dataset for ever, with these drawings held out of training.

        Raises NotFound for an unknown dataset or drawing, Conflict when it is sealed already or
        nothing is left to train on.
        """
        async with self._db.write() as tx:
            for drawing_id in held_out_ids:
                changed = await tx.execute(
                    "UPDATE drawings SET split = 'held_out' WHERE id = ? AND dataset_id = ?",
                    (drawing_id, dataset_id),
                )
                if not changed:
                    raise NotFound(drawing_id)
            changed = await tx.execute(
                "UPDATE datasets SET sealed_ms = ? WHERE id = ?", (now, dataset_id)
            )
            if not changed:
                raise NotFound(dataset_id)
            if all(drawing.id in held_out_ids for drawing in await _drawings(tx, dataset_id)):
                raise Conflict("a dataset needs a drawing to train on")
        return await self.get(dataset_id)

    async def delete(self, dataset_id: DatasetId) -> None:
        """Delete the version and its drawings; styles trained on it stay.

        Raises NotFound, or Conflict while a training of it waits or runs.
        """
        async with self._db.write() as tx:
            busy = await tx.fetch_one(
                """SELECT 1 FROM style_versions JOIN jobs ON jobs.id = style_versions.job_id
                WHERE dataset_id = ? AND state IN ('queued', 'running')""",
                (dataset_id,),
            )
            if busy is not None:
                raise Conflict("the dataset is being trained on")
            if not await tx.execute("DELETE FROM datasets WHERE id = ?", (dataset_id,)):
                raise NotFound(dataset_id)


async def _drawings(tx: Transaction, dataset_id: DatasetId) -> list[Drawing]:
    rows = await tx.fetch_all(
        "SELECT * FROM drawings WHERE dataset_id = ? ORDER BY ordinal", (dataset_id,)
    )
    return [to_drawing(row) for row in rows]


async def _insert(tx: Transaction, dataset_id: DatasetId, drawing: Drawing) -> None:
    await tx.execute(
        """INSERT INTO drawings
            (id, dataset_id, ordinal, sha256, file_name, width, height, caption, caption_source)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        (
            *(new_id(), dataset_id, drawing.ordinal, drawing.sha256),
            *(drawing.file_name, drawing.width, drawing.height, drawing.caption, drawing.source),
        ),
    )
