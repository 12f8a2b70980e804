"""Jobs: waiting, claimed by an attempt, ended, announced."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping

from data.db import Database, Transaction, Values
from data.errors import NotFound
from data.ids import new_id
from data.models import Job, JobId, JobKind, JobState, OwnerId, Place, StyleId
from data.rows import to_job

_Which = Mapping[str, int | str | None]  # time, one attempt of one job or None twice for all


class JobRepo:
    """The queue and its history.

    `claim` raises a job's attempt number. Whoever works on the job names that number in every
    write; after the job was given to a later attempt, was ended or erased, such a write changes
    nothing and says so by returning False (or None).
    """

    def __init__(self, db: Database) -> None:
        self._db = db

    async def create(
        self,
        *,
        kind: JobKind,
        owner_id: OwnerId,
        place: Place,
        locale: str,
        request_json: str,
        style_id: StyleId | None,
        quiet: bool,
        now: int,
        steps: int = 0,
        once_key: str | None = None,
        base: str = "",
    ) -> Job:
        """Queue a job; a second one with the same `once_key` is the first one, unchanged."""
        values = (
            *(new_id(), once_key, kind, owner_id),
            *(place.guild_id, place.channel_id, place.message_id, place.parent_id),
            *(locale, request_json, style_id, quiet, steps, now, base),
        )
        async with self._db.write() as tx:
            row = await tx.fetch_one(
                """INSERT INTO jobs (
                    id, once_key, kind, owner_id, guild_id, channel_id, message_id, parent_id,
                    locale, request_json, style_id, quiet, steps, created_ms, base
                ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (once_key) DO NOTHING
                RETURNING *""",
                values,
            )
            if row is None:
                row = await tx.fetch_one("SELECT * FROM jobs WHERE once_key = ?", (once_key,))
        return to_job(_required(row, once_key))

    async def get(self, job_id: JobId) -> Job:
        """Return the job; raise NotFound."""
        row = await self._db.read().fetch_one("SELECT * FROM jobs WHERE id = ?", (job_id,))
        return to_job(_required(row, job_id))

    async def claim(
        self,
        now: int,
        kinds: Collection[JobKind] = tuple(JobKind),
        *,
        begun: bool = False,
        away: Collection[str] = (),
    ) -> Job | None:
        """Take the fairest waiting job of these kinds for a new attempt; None when none may begin.

        `begun` says that the engine begins it at once, and saves `note_begun` its own transaction.
        Jobs of bases that are `away` go on waiting.
        See the view `queue` for what is fair. A job that a process died with runs alone until its
        next result, so that the others are not held to blame for what it does. It waits for the
        end of draws; a training is so long that others go past it meanwhile.
        """
        if await self._db.read().fetch_one("SELECT 1 FROM jobs WHERE state = 'queued'") is None:
            return None
        async with self._db.write() as tx:
            row = await tx.fetch_one(
                """UPDATE jobs SET state = 'running', attempt = attempt + 1, started_ms = ?,
                    begun = iif(?, attempt + 1, begun)
                WHERE seq = (
                    SELECT seq FROM queue JOIN jobs USING (seq)
                    WHERE kind IN (SELECT value FROM json_each(?))
                    AND base NOT IN (SELECT value FROM json_each(?)) AND (deaths = 0 OR NOT EXISTS (
                        SELECT 1 FROM jobs AS other
                        WHERE other.state = 'running' AND other.kind = 'train'
                    ))
                    ORDER BY position LIMIT 1
                ) AND NOT EXISTS (
                    SELECT 1 FROM jobs AS other
                    WHERE other.state = 'running' AND (other.deaths > 0 OR jobs.deaths > 0)
                )
                RETURNING *""",
                (now, begun, json.dumps(list(kinds)), json.dumps(list(away))),
            )
        return None if row is None else to_job(row)

    async def progress(
        self, job_id: JobId, attempt: int, step: int, steps: int, eta_at_ms: int | None
    ) -> bool:
        """Note how far this attempt is."""
        return await self._changes(
            """UPDATE jobs SET step = ?, steps = ?, eta_at_ms = ?
            WHERE id = ? AND attempt = ? AND state = 'running'""",
            (step, steps, eta_at_ms, job_id, attempt),
        )

    async def finish(
        self,
        job_id: JobId,
        attempt: int,
        state: JobState,
        error_key: str | None,
        facts: Mapping[str, str] | None,
        now: int,
    ) -> bool:
        """End the job as this attempt; a key, and facts to fill it, exactly when it failed."""
        if not state.is_terminal:
            raise ValueError(f"{state} is no end")
        return await self._changes(
            """UPDATE jobs SET state = ?, error_key = ?, error_facts = ?, finished_ms = ?,
                eta_at_ms = NULL
            WHERE id = ? AND attempt = ? AND state = 'running'""",
            (state, error_key, json.dumps(dict(facts or {})), now, job_id, attempt),
        )

    async def note_begun(self, job_id: JobId, attempt: int) -> bool:
        """Note that the engine has begun this attempt: its death now would be a death with it."""
        return await self._changes(
            """UPDATE jobs SET begun = attempt
            WHERE id = ? AND attempt = ? AND state = 'running'""",
            (job_id, attempt),
        )

    async def requeue_running(self, now: int) -> tuple[Job, ...]:
        """Let every running job wait for another attempt; for a clean stop, when none goes on.

        When its cancelling was asked for, it is cancelled instead. Its place in the order of
        arrival stays; `step` stays, as a training goes on from its last checkpoint.
        """
        async with self._db.write() as tx:
            rows = await _requeue(tx, {"now": now, "id": None, "attempt": None})
        return _jobs(rows)

    async def recover(
        self, job_id: JobId, attempt: int, now: int, *, deaths: int, error_key: str
    ) -> Job | None:
        """Take back a job that the engine lost; see `recover_running`. None when fenced off."""
        which = {"now": now, "id": job_id, "attempt": attempt}
        jobs = await self._recover(which, deaths, error_key)
        return jobs[0] if jobs else None

    async def recover_running(self, now: int, *, deaths: int, error_key: str) -> tuple[Job, ...]:
        """Take back what runs, at the start: the bot died with it, as a clean stop leaves none.

        What the engine had begun has seen one more death. A job that saw so many in a row without
        any further result fails with the key; the others wait again as after `requeue_running`.
        """
        return await self._recover({"now": now, "id": None, "attempt": None}, deaths, error_key)

    async def _recover(self, which: _Which, deaths: int, error_key: str) -> tuple[Job, ...]:
        async with self._db.write() as tx:
            await tx.execute(
                """UPDATE jobs SET deaths = deaths + 1
                WHERE state = 'running' AND (:id IS NULL OR (id = :id AND attempt = :attempt))
                    AND begun = attempt""",
                which,
            )
            failed = await tx.fetch_all(
                """UPDATE jobs SET state = 'failed', error_key = :key, finished_ms = :now,
                    eta_at_ms = NULL
                WHERE state = 'running' AND (:id IS NULL OR (id = :id AND attempt = :attempt))
                    AND deaths >= :deaths AND NOT cancel_requested
                RETURNING *""",
                {**which, "key": error_key, "deaths": deaths},
            )
            rows = await _requeue(tx, which)
        return _jobs((*failed, *rows))

    async def request_cancel(self, job_id: JobId, now: int) -> Job:
        """Cancel a waiting job at once, mark a running one, leave an ended one; raise NotFound."""
        async with self._db.write() as tx:
            await tx.execute(
                """UPDATE jobs SET cancel_requested = 1,
                    finished_ms = iif(state = 'queued', ?, NULL),
                    state = iif(state = 'queued', 'cancelled', state)
                WHERE id = ? AND state IN ('queued', 'running')""",
                (now, job_id),
            )
            row = await tx.fetch_one("SELECT * FROM jobs WHERE id = ?", (job_id,))
        return to_job(_required(row, job_id))

    async def active(self, owner_id: OwnerId | None = None) -> tuple[Job, ...]:
        """List running jobs by their start, then waiting ones in the order of claims to come.

        Everybody's, or one person's.
        """
        rows = await self._db.read().fetch_all(
            """SELECT jobs.* FROM jobs LEFT JOIN queue USING (seq)
            WHERE state IN ('running', 'queued') AND (? IS NULL OR owner_id = ?)
            ORDER BY state = 'queued', position, started_ms, seq""",
            (owner_id, owner_id),
        )
        return _jobs(rows)

    async def unannounced(self) -> tuple[Job, ...]:
        """List ended jobs whose end was not shown yet, in the order of arrival."""
        ended = "SELECT * FROM jobs WHERE finished_ms IS NOT NULL AND announced_ms IS NULL"
        return _jobs(await self._db.read().fetch_all(f"{ended} ORDER BY seq"))

    async def mark_announced(self, job_id: JobId, now: int) -> bool:
        """Note that the job's end is shown; False when it has not ended or was marked before."""
        return await self._changes(
            """UPDATE jobs SET announced_ms = ?
            WHERE id = ? AND finished_ms IS NOT NULL AND announced_ms IS NULL""",
            (now, job_id),
        )

    async def set_place(self, job_id: JobId, place: Place) -> None:
        """Note where the job's message was posted; raise NotFound."""
        async with self._db.write() as tx:
            changed = await tx.execute(
                """UPDATE jobs SET guild_id = ?, channel_id = ?, message_id = ?, parent_id = ?,
                    taken_down_ms = NULL
                WHERE id = ?""",
                (place.guild_id, place.channel_id, place.message_id, place.parent_id, job_id),
            )
        if not changed:
            raise NotFound(job_id)

    async def take_down(self, message_ids: Collection[int], now: int) -> int:
        """Note that these messages are gone; return how many of them showed a job.

        What they showed is in no gallery until it is posted again.
        """
        async with self._db.write() as tx:
            return await tx.execute(
                """UPDATE jobs SET taken_down_ms = ?
                WHERE message_id IN (SELECT value FROM json_each(?)) AND taken_down_ms IS NULL""",
                (now, json.dumps(list(message_ids))),
            )

    async def take_down_thread(self, guild_id: int, thread_id: int, now: int) -> int:
        """Do what `take_down` does for all messages of a thread that is gone."""
        async with self._db.write() as tx:
            return await tx.execute(
                """UPDATE jobs SET taken_down_ms = ?
                WHERE guild_id = ? AND channel_id = ? AND taken_down_ms IS NULL""",
                (now, guild_id, thread_id),
            )

    async def by_message(self, message_id: int) -> Job | None:
        """Return the job that a message shows; the latest, when it showed several."""
        row = await self._db.read().fetch_one(
            "SELECT * FROM jobs WHERE message_id = ? ORDER BY seq DESC LIMIT 1", (message_id,)
        )
        return None if row is None else to_job(row)

    async def _changes(self, sql: str, values: Values) -> bool:
        async with self._db.write() as tx:
            return await tx.execute(sql, values) > 0

    async def of_owner(self, owner_id: OwnerId) -> tuple[Job, ...]:
        """List all jobs of a person, the latest first."""
        of_owner = "SELECT * FROM jobs WHERE owner_id = ? ORDER BY seq DESC"
        return _jobs(await self._db.read().fetch_all(of_owner, (owner_id,)))


async def _requeue(tx: Transaction, which: _Which) -> list[sqlite3.Row]:
    return await tx.fetch_all(
        """UPDATE jobs SET
            state = iif(cancel_requested, 'cancelled', 'queued'),
            finished_ms = iif(cancel_requested, :now, NULL),
            started_ms = iif(cancel_requested, started_ms, NULL),
            eta_at_ms = NULL
        WHERE state = 'running' AND (:id IS NULL OR (id = :id AND attempt = :attempt))
        RETURNING *""",
        which,
    )


def _jobs(rows: Iterable[sqlite3.Row]) -> tuple[Job, ...]:
    return tuple(to_job(row) for row in rows)


def _required(row: sqlite3.Row | None, what: object) -> sqlite3.Row:
    if row is None:
        raise NotFound(what)
    return row
