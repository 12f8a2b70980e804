"""Whether some of a set's drawings are kept aside: what its artist chose."""

from __future__ import annotations

from data.db import Database
from data.models import DatasetId


class SplitRepo:
    """A set without a row keeps some aside as soon as it has enough."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def trains_on_all(self, dataset_id: DatasetId) -> bool:
        """Tell whether the artist asked to train on all drawings."""
        row = await self._db.read().fetch_one(
            "SELECT train_on_all FROM split_choices WHERE dataset_id = ?", (dataset_id,)
        )
        return row is not None and bool(row["train_on_all"])

    async def choose(self, dataset_id: DatasetId, *, train_on_all: bool) -> None:
        """Keep the choice; raise Conflict once the set is sealed, or when there is none."""
        async with self._db.write() as tx:
            await tx.execute(
                """INSERT INTO split_choices (dataset_id, train_on_all) VALUES (?, ?)
                ON CONFLICT (dataset_id) DO UPDATE SET train_on_all = excluded.train_on_all""",
                (dataset_id, int(train_on_all)),
            )
