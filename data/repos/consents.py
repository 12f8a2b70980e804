"""Consents: who agreed to what, in which words, for which drawings."""

from __future__ import annotations

import json
from collections.abc import Sequence

from data.db import Database
from data.errors import NotFound
from data.ids import new_id
from data.models import Consent, ConsentId, DatasetId, OwnerId
from data.rows import to_consent


class ConsentRepo:
    """Consents are withdrawn, never rewritten."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def give(
        self,
        owner_id: OwnerId,
        kind: str,
        text_version: str,
        dataset_id: DatasetId | None,
        drawing_sha256s: Sequence[str],
        now: int,
    ) -> Consent:
        """Record a consent; raise NotFound for an unknown dataset."""
        async with self._db.write() as tx:
            row = await tx.fetch_one(
                """INSERT INTO consents
                    (id, owner_id, kind, text_version, dataset_id, drawing_sha256s, given_ms)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                RETURNING *""",
                (
                    *(new_id(), owner_id, kind, text_version, dataset_id),
                    *(json.dumps(list(drawing_sha256s)), now),
                ),
            )
        if row is None:
            raise NotFound(dataset_id)
        return to_consent(row)

    async def withdraw(self, consent_id: ConsentId, now: int) -> bool:
        """Note that the consent no longer holds; False when it did not before."""
        async with self._db.write() as tx:
            changed = await tx.execute(
                """UPDATE consents SET withdrawn_ms = max(?, given_ms)
                WHERE id = ? AND withdrawn_ms IS NULL""",
                (now, consent_id),
            )
        return changed > 0

    async def of_owner(self, owner_id: OwnerId) -> tuple[Consent, ...]:
        """List all consents of a person, withdrawn ones too, the first one first."""
        rows = await self._db.read().fetch_all(
            "SELECT * FROM consents WHERE owner_id = ? ORDER BY given_ms, rowid", (owner_id,)
        )
        return tuple(to_consent(row) for row in rows)

    async def of_dataset(self, dataset_id: DatasetId) -> tuple[Consent, ...]:
        """List all consents for a dataset version, withdrawn ones too, the first one first."""
        rows = await self._db.read().fetch_all(
            "SELECT * FROM consents WHERE dataset_id = ? ORDER BY given_ms, rowid", (dataset_id,)
        )
        return tuple(to_consent(row) for row in rows)
