"""Transactions are whole, durable, one at a time; connections leave no thread behind."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from pathlib import Path

import pytest

import data.db
from data.db import Database
from data.errors import Conflict, NotFound, SqliteTooOld
from data.repos.meta import MetaRepo

INSERT = "INSERT INTO meta (key, value) VALUES (?, ?)"


class Stop(Exception):
    """Raised by a test inside a block."""


async def keys(db: Database) -> set[str]:
    return {row["key"] for row in await db.read().fetch_all("SELECT key FROM meta")}


async def put_and_break(db: Database, key: str) -> None:
    async with db.write() as tx:
        await tx.execute(INSERT, (key, "1"))
        raise Stop


async def test_a_block_is_committed_at_its_end_and_seen_by_readers_only_then(db: Database) -> None:
    async with db.write() as tx:
        await tx.execute(INSERT, ("a", "1"))
        other = asyncio.create_task(keys(db))
        assert await other == set()
    assert await keys(db) == {"a"}


async def test_an_error_undoes_the_block(db: Database) -> None:
    with pytest.raises(Stop):
        await put_and_break(db, "a")
    assert await keys(db) == set()
    async with db.write() as tx:
        await tx.execute(INSERT, ("b", "1"))
    assert await keys(db) == {"b"}


async def test_a_task_reads_what_its_own_block_wrote(db: Database) -> None:
    async with db.write() as tx:
        await tx.execute(INSERT, ("a", "1"))
        assert await keys(db) == {"a"}


async def test_an_inner_block_is_part_of_the_outer_one(db: Database) -> None:
    async def outer() -> None:
        async with db.write():
            await MetaRepo(db).put("a", "1")
            raise Stop

    with pytest.raises(Stop):
        await outer()
    assert await keys(db) == set()


async def test_an_error_of_an_inner_block_undoes_only_what_is_inside(db: Database) -> None:
    async with db.write() as tx:
        await tx.execute(INSERT, ("a", "1"))
        for _ in range(2):
            with pytest.raises(Stop):
                await put_and_break(db, "b")
        async with db.write() as inner:
            await inner.execute(INSERT, ("c", "1"))
    assert await keys(db) == {"a", "c"}


async def test_a_task_started_inside_a_block_is_not_part_of_it(db: Database) -> None:
    started: list[asyncio.Task[None]] = []

    async def outer() -> None:
        async with db.write() as tx:
            await tx.execute(INSERT, ("a", "1"))
            started.append(asyncio.create_task(MetaRepo(db).put("b", "1")))
            await asyncio.sleep(0)
            raise Stop

    with pytest.raises(Stop):
        await outer()
    await started[0]
    assert await keys(db) == {"b"}


async def test_a_cancelled_block_leaves_nothing_and_does_not_block_the_next(db: Database) -> None:
    inside = asyncio.Event()

    async def forever() -> None:
        async with db.write() as tx:
            await tx.execute(INSERT, ("a", "1"))
            inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(forever())
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await MetaRepo(db).put("b", "1")
    assert await keys(db) == {"b"}


@pytest.mark.parametrize("turns", range(12))
async def test_cancelling_at_any_turn_leaves_all_or_nothing(db: Database, turns: int) -> None:
    async def both() -> None:
        async with db.write() as tx:
            await tx.execute(INSERT, ("a", "1"))
            await tx.execute(INSERT, ("b", "1"))

    task = asyncio.create_task(both())
    for _ in range(turns):
        await asyncio.sleep(0.0002)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await MetaRepo(db).put("c", "1")
    assert await keys(db) in ({"c"}, {"a", "b", "c"})


async def test_blocks_of_many_tasks_queue_up(db: Database) -> None:
    await MetaRepo(db).put("n", "0")

    async def increment() -> None:
        async with db.write() as tx:
            row = await tx.fetch_one("SELECT value FROM meta WHERE key = 'n'")
            assert row is not None
            await asyncio.sleep(0)
            await tx.execute("UPDATE meta SET value = ?", (str(int(row["value"]) + 1),))

    await asyncio.gather(*(increment() for _ in range(25)))
    assert await MetaRepo(db).get("n") == "25"


async def test_the_reader_cannot_write(db: Database) -> None:
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        await db.read().fetch_all("DELETE FROM meta")


async def test_what_the_schema_forbids_is_worded_as_a_store_error(db: Database) -> None:
    async with db.write() as tx:
        await tx.execute(INSERT, ("a", "1"))
        with pytest.raises(Conflict):
            await tx.execute(INSERT, ("a", "2"))
        with pytest.raises(NotFound):
            await tx.execute(
                "INSERT INTO channels (channel_id, default_style_id) VALUES (1, 'none')"
            )
        with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
            await tx.execute("INSERT INTO erasure_pass VALUES (2)")


async def test_durable_pragmas_are_set(db: Database) -> None:
    async with db.write() as tx:
        found = {
            name: (await tx.fetch_all(f"PRAGMA {name}"))[0][0]
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}


async def test_closing_ends_both_threads_and_may_be_repeated(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    db = await Database.open(tmp_path / "a.sqlite3")
    workers = set(threading.enumerate()) - before
    await db.aclose()
    await db.aclose()
    for thread in workers:
        if not thread.name.startswith("asyncio"):  # the loop's own pool ends with the loop
            thread.join(timeout=5)
            assert not thread.is_alive()


async def test_an_old_sqlite_is_refused_with_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data.db, "OLDEST_SQLITE", (99, 0, 0))
    with pytest.raises(SqliteTooOld, match=r"needs 99\.0\.0 or newer"):
        await Database.open(tmp_path / "a.sqlite3")


async def test_cancelling_at_the_end_of_an_inner_block_is_a_cancelling(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = db._run

    async def outer() -> None:
        async with db.write():
            await MetaRepo(db).put("a", "1")

    async def cancelling(sql: str) -> None:
        if sql == "RELEASE part":
            task.cancel()
            await asyncio.sleep(0)
        await run(sql)

    monkeypatch.setattr(db, "_run", cancelling)
    task = asyncio.create_task(outer())
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await keys(db) == set()
