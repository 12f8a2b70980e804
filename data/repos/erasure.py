"""Erasure: what goes with a person, and which files nobody needs any more."""

from __future__ import annotations

from collections.abc import Collection

from data.db import Database, Transaction
from data.holdings import Holdings
from data.models import JobId, OwnerId

# In this order, so that every statement still sees what it needs. Drawings, versions, checkpoints,
# pictures and the votes of others on them go by foreign keys; jobs and pictures of others that
# used an erased style stay, and lose the link to it.
_DELETES = (
    "DELETE FROM vote_events WHERE voter_id = ?",
    "DELETE FROM votes WHERE voter_id = ?",
    "DELETE FROM checkpoint_vote_events WHERE voter_id = ?",
    "DELETE FROM checkpoint_votes WHERE voter_id = ?",
    "DELETE FROM own_marks WHERE person_id = ?",
    "DELETE FROM characters WHERE owner_id = ?",
    "DELETE FROM presets WHERE owner_id = ?",
    "DELETE FROM defaults WHERE person_id = ?",
    # A server's stay, and name nobody.
    "UPDATE defaults SET set_by = NULL WHERE set_by = ?",
    "DELETE FROM consents WHERE owner_id = ?",
    "DELETE FROM styles WHERE owner_id = ?",
    "DELETE FROM jobs WHERE owner_id = ?",
    "DELETE FROM datasets WHERE owner_id = ?",
    "DELETE FROM people WHERE owner_id = ?",
)


class ErasureRepo:
    """Erase people; know which files are referenced."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def erase(self, owner_id: OwnerId, now: int) -> frozenset[str]:
        """Delete everything of a person; return the files that no row references any more.

        Goes: datasets with drawings, styles with versions and checkpoints, jobs with pictures
        (also the votes of others on those), own votes with their events, characters, presets,
        settings, consents, choices.
        What others drew from the person's pictures cannot be drawn again.
        Stays: pictures that others drew with the person's styles, and the hash of every erased
        style file with the time, so that the file can be refused when it comes back; of imported
        ones none, as they are not the person's.
        Work that still runs for the person is fenced off. The caller removes the files; the
        messages that showed the jobs are noted as removals.
        """
        async with self._db.write() as tx:
            mine = await _hashes(
                tx, "SELECT sha256 FROM blob_references WHERE owner_id = ?", (owner_id,)
            )
            await tx.execute(
                """INSERT INTO erased_styles (sha256, erased_ms)
                SELECT DISTINCT style_sha256, ? FROM checkpoints
                JOIN style_versions ON style_versions.id = version_id
                JOIN styles ON styles.id = style_id
                WHERE owner_id = ? AND source_file IS NULL
                ON CONFLICT DO NOTHING""",
                (now, owner_id),
            )
            await tx.execute(
                """INSERT INTO messages_to_delete (message_id, channel_id, asked_ms)
                SELECT message_id, channel_id, ? FROM jobs
                WHERE owner_id = ? AND message_id IS NOT NULL AND channel_id IS NOT NULL
                ON CONFLICT DO NOTHING""",
                (now, owner_id),
            )
            await tx.execute(
                """DELETE FROM draw_starts WHERE sha256 IN (
                    SELECT sha256 FROM blob_references WHERE owner_id = ?
                )""",
                (owner_id,),
            )
            await tx.execute("INSERT INTO erasure_pass (only_one) VALUES (1)")
            for statement in _DELETES:
                await tx.execute(statement, (owner_id,))
            await tx.execute("DELETE FROM erasure_pass")
            needed = await _hashes(tx, "SELECT sha256 FROM blob_references WHERE live")
        await self._db.empty_wal()
        return mine - needed

    async def erase_pictures(self, job_id: JobId) -> frozenset[str]:
        """Delete a job's pictures with all votes on them, and what it started from; the job stays.

        What others started from them can then not be drawn again.

        Returns the files that no row references any more; the caller removes them.
        """
        async with self._db.write() as tx:
            gone = await _hashes(
                tx,
                """SELECT sha256 FROM pictures WHERE job_id = ?1
                UNION SELECT sha256 FROM draw_starts WHERE job_id = ?1""",
                (job_id,),
            )
            await tx.execute(
                """DELETE FROM draw_starts WHERE job_id = ?1
                OR sha256 IN (SELECT sha256 FROM pictures WHERE job_id = ?1)""",
                (job_id,),
            )
            await tx.execute("INSERT INTO erasure_pass (only_one) VALUES (1)")
            await tx.execute("DELETE FROM pictures WHERE job_id = ?", (job_id,))
            await tx.execute("DELETE FROM erasure_pass")
            needed = await _hashes(tx, "SELECT sha256 FROM blob_references WHERE live")
        await self._db.empty_wal()
        return gone - needed

    async def was_erased(self, style_sha256: str) -> bool:
        """Say whether this style file belonged to someone who had everything erased."""
        row = await self._db.read().fetch_one(
            "SELECT 1 FROM erased_styles WHERE sha256 = ?", (style_sha256,)
        )
        return row is not None

    async def holdings(self, owner_id: OwnerId) -> Holdings:
        """Count what is kept about a person."""
        row = await self._db.read().fetch_one(
            """SELECT
                (
                    SELECT count(*) FROM drawings JOIN datasets ON datasets.id = dataset_id
                    WHERE owner_id = :owner
                ) AS drawings,
                (SELECT count(*) FROM styles WHERE owner_id = :owner) AS styles,
                (SELECT count(*) FROM characters WHERE owner_id = :owner) AS characters,
                (SELECT count(*) FROM presets WHERE owner_id = :owner)
                + (SELECT count(*) FROM defaults WHERE person_id = :owner) AS settings,
                (SELECT count(*) FROM jobs WHERE owner_id = :owner) AS jobs,
                (
                    SELECT count(*) FROM pictures JOIN jobs ON jobs.id = job_id
                    WHERE owner_id = :owner
                ) AS pictures,
                (SELECT count(*) FROM votes WHERE voter_id = :owner)
                + (SELECT count(*) FROM checkpoint_votes WHERE voter_id = :owner) AS votes""",
            {"owner": owner_id},
        )
        return Holdings(**dict(row or {}))

    async def unreferenced(self, sha256s: Collection[str]) -> frozenset[str]:
        """Return those of these files that no row references: what may be removed."""
        return frozenset(sha256s) - await self.referenced()

    async def referenced(self) -> frozenset[str]:
        """Return the files that rows reference; what `Blobs.sweep` keeps."""
        rows = await self._db.read().fetch_all(
            "SELECT DISTINCT sha256 FROM blob_references WHERE live"
        )
        return frozenset(row["sha256"] for row in rows)


async def _hashes(tx: Transaction, sql: str, values: tuple[int | str, ...] = ()) -> frozenset[str]:
    return frozenset(row["sha256"] for row in await tx.fetch_all(sql, values))
