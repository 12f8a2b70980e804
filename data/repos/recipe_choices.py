"""By which recipe a set is trained: what its artist chose."""

from __future__ import annotations

from data.choices import RecipeChoice
from data.db import Database
from data.models import DatasetId


class RecipeChoiceRepo:
    """A set without a row is trained by the usual recipe."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def get(self, dataset_id: DatasetId) -> RecipeChoice | None:
        """Return the choice, if one was made."""
        row = await self._db.read().fetch_one(
            "SELECT recipe, changes FROM recipe_choices WHERE dataset_id = ?", (dataset_id,)
        )
        return None if row is None else RecipeChoice(recipe=row["recipe"], changes=row["changes"])

    async def put(self, dataset_id: DatasetId, choice: RecipeChoice) -> None:
        """Keep the choice; raise Conflict once the set is sealed, or when there is none."""
        async with self._db.write() as tx:
            await tx.execute(
                """INSERT INTO recipe_choices (dataset_id, recipe, changes) VALUES (?, ?, ?)
                ON CONFLICT (dataset_id)
                DO UPDATE SET recipe = excluded.recipe, changes = excluded.changes""",
                (dataset_id, choice.recipe, choice.changes),
            )
