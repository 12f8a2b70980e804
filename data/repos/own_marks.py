"""What artists say of pictures that were drawn in their style: I could have drawn this."""

from __future__ import annotations

from data.db import Database
from data.models import OwnerId, PictureId


class OwnMarkRepo:
    """At most one mark per picture and person."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def toggle(self, picture_id: PictureId, person_id: OwnerId, now: int) -> bool:
        """Set the mark, or take it back; return whether it stands now."""
        async with self._db.write() as tx:
            gone = await tx.execute(
                "DELETE FROM own_marks WHERE picture_id = ? AND person_id = ?",
                (picture_id, person_id),
            )
            if gone:
                return False
            await tx.execute(
                "INSERT INTO own_marks (picture_id, person_id, at_ms) VALUES (?, ?, ?)",
                (picture_id, person_id, now),
            )
        return True
