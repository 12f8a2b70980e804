"""Which drawings of a set are of one kind, as its artist says."""

from __future__ import annotations

from data.db import Database, Transaction
from data.kinds import Kind, Kinds
from data.models import DatasetId, DrawingId


class KindRepo:
    """A set without rows has no kinds."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def get(self, dataset_id: DatasetId) -> Kinds:
        """Return the kinds of a set; one whose drawings are all gone is gone too."""
        rows = await self._db.read().fetch_all(
            """SELECT number, name, word FROM kinds WHERE dataset_id = ? AND EXISTS (
                SELECT 1 FROM drawing_kinds AS one
                WHERE one.dataset_id = kinds.dataset_id AND one.number = kinds.number
            ) ORDER BY number""",
            (dataset_id,),
        )
        places = {row["number"]: place for place, row in enumerate(rows, 1)}
        of = await self._db.read().fetch_all(
            "SELECT drawing_id, number FROM drawing_kinds WHERE dataset_id = ?", (dataset_id,)
        )
        return Kinds(
            kinds=tuple(Kind(name=row["name"], word=row["word"]) for row in rows),
            of={DrawingId(row["drawing_id"]): places[row["number"]] for row in of},
        )

    async def put(self, dataset_id: DatasetId, kinds: Kinds) -> None:
        """Keep these in place of what was; raise Conflict once the set is sealed.

        Conflict also when the set or one of the drawings is gone.
        """
        async with self._db.write() as tx:
            await tx.execute("DELETE FROM kinds WHERE dataset_id = ?", (dataset_id,))
            for number, kind in enumerate(kinds.kinds, 1):
                await tx.execute(
                    "INSERT INTO kinds (dataset_id, number, name, word) VALUES (?, ?, ?, ?)",
                    (dataset_id, number, kind.name, kind.word),
                )
            for drawing_id, number in kinds.of.items():
                await tx.execute(
                    """INSERT INTO drawing_kinds (drawing_id, dataset_id, number)
                    VALUES (?, ?, ?)""",
                    (drawing_id, dataset_id, number),
                )


async def copy_kinds(tx: Transaction, from_id: DatasetId, to_id: DatasetId) -> None:
    """Give the same drawings in another version of the set the same kinds."""
    await tx.execute(
        """INSERT INTO kinds (dataset_id, number, name, word)
        SELECT ?, number, name, word FROM kinds WHERE dataset_id = ?""",
        (to_id, from_id),
    )
    await tx.execute(
        """INSERT INTO drawing_kinds (drawing_id, dataset_id, number)
        SELECT new.id, new.dataset_id, number FROM drawings AS new
        JOIN drawings AS old ON old.sha256 = new.sha256 AND old.dataset_id = ?
        JOIN drawing_kinds ON drawing_kinds.drawing_id = old.id
        WHERE new.dataset_id = ?""",
        (from_id, to_id),
    )
