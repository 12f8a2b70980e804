"""Captions: whose words they are, every change of them by a person, and its undoing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from data.captions import CaptionChange, CaptionSettings, CaptionSource
from data.db import Database, Transaction
from data.errors import NotFound
from data.models import (
    DatasetId,
    Drawing,
    DrawingId,
)
from data.rows import to_drawing


class Undone(NamedTuple):
    """What was taken back."""

    kind: CaptionChange
    drawings: int


class CaptionRepo:
    """Words of drawings in open datasets; sealed ones never change (Conflict)."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def drawing(self, drawing_id: DrawingId) -> Drawing:
        """Return one drawing; raise NotFound."""
        row = await self._db.read().fetch_one("SELECT * FROM drawings WHERE id = ?", (drawing_id,))
        if row is None:
            raise NotFound(drawing_id)
        return to_drawing(row)

    # --- what nobody gave words yet ---------------------------------------------------------

    async def datasets_without_words(self) -> tuple[DatasetId, ...]:
        """List the drafts that hold such drawings, the oldest first."""
        rows = await self._db.read().fetch_all(
            """SELECT DISTINCT datasets.id, created_ms FROM datasets
            JOIN drawings ON drawings.dataset_id = datasets.id
            WHERE caption_source IS NULL AND sealed_ms IS NULL
            ORDER BY created_ms, datasets.id"""
        )
        return tuple(DatasetId(row["id"]) for row in rows)

    async def without_words(self, dataset_id: DatasetId) -> tuple[Drawing, ...]:
        """List such drawings of one draft, in the artist's order."""
        rows = await self._db.read().fetch_all(
            """SELECT drawings.* FROM drawings JOIN datasets ON datasets.id = dataset_id
            WHERE dataset_id = ? AND caption_source IS NULL AND sealed_ms IS NULL
            ORDER BY ordinal""",
            (dataset_id,),
        )
        return tuple(to_drawing(row) for row in rows)

    async def give_words(self, drawing_id: DrawingId, caption: str, source: CaptionSource) -> bool:
        """Caption a drawing that has no words; False when it has some by now, or is gone."""
        async with self._db.write() as tx:
            changed = await tx.execute(
                """UPDATE drawings SET caption = ?, caption_source = ?
                WHERE id = ? AND caption_source IS NULL AND dataset_id IN
                    (SELECT id FROM datasets WHERE sealed_ms IS NULL)""",
                (caption, source, drawing_id),
            )
        return changed > 0

    async def forget_others(self, dataset_id: DatasetId, source: CaptionSource) -> int:
        """Take a draft's words away that another machine than this gave; tell of how many drawings.

        What a person changed in them, in this version of the set or an earlier one, is kept.
        """
        async with self._db.write() as tx:
            return await tx.execute(
                """UPDATE drawings SET caption = '', caption_source = NULL
                WHERE dataset_id = ? AND caption_source IN ('tagger', 'blip')
                    AND caption_source <> ? AND sha256 NOT IN (
                        SELECT changed.sha256
                        FROM datasets AS here
                        JOIN datasets AS version ON version.lineage = here.lineage
                        JOIN drawings AS changed ON changed.dataset_id = version.id
                        JOIN caption_changes ON drawing_id = changed.id
                        WHERE here.id = drawings.dataset_id
                    )""",
                (dataset_id, source),
            )

    # --- what people change -----------------------------------------------------------------

    async def change(
        self,
        dataset_id: DatasetId,
        kind: CaptionChange,
        captions: Mapping[DrawingId, tuple[str, CaptionSource]],
        now: int,
    ) -> int:
        """Change captions as one operation; tell how many drawings have other words now.

        Raises NotFound when a drawing is not in this dataset, Conflict once it is sealed.
        """
        async with self._db.write() as tx:
            changed: list[tuple[str, str, str | None, str, str | None]] = []
            for drawing_id, (caption, source) in captions.items():
                row = await tx.fetch_one(
                    """SELECT caption, caption_source FROM drawings
                    WHERE id = ? AND dataset_id = ?""",
                    (drawing_id, dataset_id),
                )
                if row is None:
                    raise NotFound(drawing_id)
                if (row["caption"], row["caption_source"] is None) != (caption, False):
                    old = (row["caption"], row["caption_source"])
                    changed.append((drawing_id, *old, caption, source))
            if changed:
                seq = await _begin(tx, dataset_id, kind, None, now)
                await _apply(tx, seq, changed)
        return len(changed)

    async def undo(self, dataset_id: DatasetId, now: int) -> Undone | None:
        """Take back the last operation that still holds; None when there is none."""
        async with self._db.write() as tx:
            last = await tx.fetch_one(
                """SELECT seq, kind FROM caption_operations AS made
                WHERE dataset_id = ? AND undoes IS NULL AND NOT EXISTS
                    (SELECT 1 FROM caption_operations AS later WHERE later.undoes = made.seq)
                ORDER BY seq DESC LIMIT 1""",
                (dataset_id,),
            )
            if last is None:
                return None
            rows = await tx.fetch_all(
                """SELECT drawing_id, new_caption, new_source, old_caption, old_source
                FROM caption_changes WHERE operation_seq = ?""",
                (last["seq"],),
            )
            seq = await _begin(tx, dataset_id, CaptionChange.UNDO, last["seq"], now)
            await _apply(tx, seq, [tuple(row) for row in rows])
        return Undone(kind=CaptionChange(last["kind"]), drawings=len(rows))

    async def can_undo(self, dataset_id: DatasetId) -> bool:
        """Say whether an operation still holds."""
        row = await self._db.read().fetch_one(
            """SELECT sum(CASE WHEN undoes IS NULL THEN 1 ELSE -1 END) AS standing
            FROM caption_operations WHERE dataset_id = ?""",
            (dataset_id,),
        )
        return row is not None and bool(row["standing"])

    # --- what a training makes of them ------------------------------------------------------

    async def settings(self, dataset_id: DatasetId) -> CaptionSettings:
        """Return what was set, or what holds when nothing was."""
        row = await self._db.read().fetch_one(
            "SELECT * FROM caption_settings WHERE dataset_id = ?", (dataset_id,)
        )
        if row is None:
            return CaptionSettings()
        return CaptionSettings(
            trigger=row["trigger_word"],
            keeps_scores=bool(row["keeps_scores"]),
            tells_tags=bool(row["tells_tags"]),
        )

    async def put_settings(self, dataset_id: DatasetId, settings: CaptionSettings) -> None:
        """Set them; raise Conflict for a sealed or unknown dataset."""
        values = (settings.trigger, int(settings.keeps_scores), int(settings.tells_tags))
        async with self._db.write() as tx:
            await tx.execute(
                """INSERT INTO caption_settings
                    (dataset_id, trigger_word, keeps_scores, tells_tags)
                VALUES (?, ?, ?, ?) ON CONFLICT (dataset_id) DO UPDATE
                SET trigger_word = excluded.trigger_word, keeps_scores = excluded.keeps_scores,
                    tells_tags = excluded.tells_tags""",
                (dataset_id, *values),
            )


async def _begin(
    tx: Transaction, dataset_id: DatasetId, kind: CaptionChange, undoes: int | None, now: int
) -> int:
    row = await tx.fetch_one(
        """INSERT INTO caption_operations (dataset_id, kind, undoes, at_ms)
        VALUES (?, ?, ?, ?) RETURNING seq""",
        (dataset_id, kind, undoes, now),
    )
    if row is None:
        raise NotFound(dataset_id)
    return row["seq"]


async def _apply(
    tx: Transaction, seq: int, changes: list[tuple[str, str, str | None, str, str | None]]
) -> None:
    """Write changes down and make them: drawing, old caption and source, new ones."""
    for change in changes:
        await tx.execute("INSERT INTO caption_changes VALUES (?, ?, ?, ?, ?, ?)", (seq, *change))
        drawing_id, _, _, caption, source = change
        await tx.execute(
            "UPDATE drawings SET caption = ?, caption_source = ? WHERE id = ?",
            (caption, source, drawing_id),
        )
