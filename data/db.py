"""The one database: one connection that writes, one that reads, both in their own threads."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Coroutine, Generator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Self

import aiosqlite

from data.damage import damage_told
from data.durable import make_folder
from data.errors import Conflict, NotFound, SqliteTooOld
from data.migrate import migrate

#: What SQLite can store, and so what a query may be given.
Value = str | int | float | bytes | None
#: For `?` a sequence, for `:name` a mapping.
Values = Sequence[Value] | Mapping[str, Value]

#: STRICT tables came with 3.37 (2021).
OLDEST_SQLITE = (3, 37, 0)
_BUSY_TIMEOUT_MS = 10_000
_PRAGMAS = (
    f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_MS}",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    # What a person had erased is overwritten, not only unlinked.
    "PRAGMA secure_delete = ON",
)


class Rows:
    """Ask one connection; results are read to their end, so no statement stays open."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def fetch_all(self, sql: str, values: Values = ()) -> list[sqlite3.Row]:
        """Return all rows of a SELECT."""
        with damage_told(may_write=False):
            return list(await self._connection.execute_fetchall(sql, values))

    async def fetch_one(self, sql: str, values: Values = ()) -> sqlite3.Row | None:
        """Return the first row, or None."""
        rows = await self.fetch_all(sql, values)
        return rows[0] if rows else None


class Transaction(Rows):
    """A transaction of the writer; it ends with the `async with` block that gave it out.

    What the schema forbids is raised as `Conflict` (UNIQUE, triggers) or `NotFound` (a foreign
    key that names nothing). A broken CHECK is a mistake of the code and comes as it is.
    """

    async def execute(self, sql: str, values: Values = ()) -> int:
        """Run one statement and return how many rows it changed."""
        with _store_errors():
            async with self._connection.execute(sql, values) as cursor:
                return cursor.rowcount

    async def fetch_all(self, sql: str, values: Values = ()) -> list[sqlite3.Row]:
        """Return all rows of a SELECT, or of a statement with RETURNING."""
        with _store_errors():
            return await super().fetch_all(sql, values)


class Database:
    """Open with `Database.open`, close with `aclose`.

    There is one writer, because the state folder belongs to one process; its transactions queue
    up behind a lock and are on the disk when their block is left.
    """

    def __init__(
        self, path: Path, writer: aiosqlite.Connection, reader: aiosqlite.Connection
    ) -> None:
        self.path = path
        self._writer = writer
        self._reader = Rows(reader)
        self._reader_connection = reader
        self._lock = asyncio.Lock()
        self._owner: asyncio.Task[Any] | None = None

    @classmethod
    async def open(cls, path: Path) -> Self:
        """Bring the file to today's schema (making it when missing) and open it.

        Raises `DatabaseTooNew`, `DatabaseUnusable` and `SqliteTooOld`.
        """
        if sqlite3.sqlite_version_info < OLDEST_SQLITE:
            needed = ".".join(map(str, OLDEST_SQLITE))
            raise SqliteTooOld(found=sqlite3.sqlite_version, needed=needed)
        with damage_told():
            await asyncio.to_thread(_prepare, path)
            writer = await _connect(path)
        try:
            reader = await _connect(path)
        except BaseException:
            await writer.close()
            raise
        await reader.execute_fetchall("PRAGMA query_only = ON")
        return cls(path, writer, reader)

    async def aclose(self) -> None:
        """Wait for the running transaction, then close both connections and their threads."""
        async with self._lock:
            await _to_the_end(self._close_both())

    @asynccontextmanager
    async def write(self) -> AsyncGenerator[Transaction]:
        """Give a transaction that is committed at the end of the block, or undone on any error.

        Blocks of one task may be nested: the inner one is a part of the outer one's transaction,
        and an error undoes what is inside it. So several repositories can change things together.
        """
        if self._owner is not None and self._owner is asyncio.current_task():
            async with self._bracket("SAVEPOINT part", "RELEASE part", "ROLLBACK TO part"):
                yield Transaction(self._writer)
            return
        async with self._lock:
            self._owner = asyncio.current_task()
            try:
                async with self._bracket("BEGIN IMMEDIATE", "COMMIT", None):
                    yield Transaction(self._writer)
            finally:
                self._owner = None

    def read(self) -> Rows:
        """Give the reader; inside the task's own `write` block it sees that block's changes."""
        if self._owner is not None and self._owner is asyncio.current_task():
            return Rows(self._writer)
        return self._reader

    async def empty_wal(self) -> None:
        """Move everything into the database file, so that no erased page lingers beside it.

        Does nothing inside the task's own `write` block: the block is not written yet.
        """
        if self._owner is not None and self._owner is asyncio.current_task():
            return
        async with self._lock:
            await self._writer.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")

    @asynccontextmanager
    async def _bracket(self, begin: str, end: str, undo: str | None) -> AsyncGenerator[None]:
        # A cancelled task does not stop a statement that its thread already has: so the undoing
        # is queued behind it, and is waited for before anyone else may begin.
        ended = False

        async def finish() -> None:
            nonlocal ended
            await self._run(end)
            ended = True

        try:
            await self._run(begin)
            yield
            await _to_the_end(finish())
        except BaseException:
            if not ended:  # a savepoint that is released cannot be undone; the outer block is
                await _to_the_end(self._undo(undo))
            raise

    async def _run(self, sql: str) -> None:
        with damage_told():
            await self._writer.execute_fetchall(sql)

    async def _undo(self, undo: str | None) -> None:
        if undo is None:
            await self._writer.rollback()  # does nothing when no transaction is open
        elif self._writer.in_transaction:
            await self._run(undo)
            await self._run("RELEASE part")  # going back leaves the savepoint itself open

    async def _close_both(self) -> None:
        try:
            await self._reader_connection.close()
        finally:
            await self._writer.close()


@contextmanager
def _store_errors() -> Generator[None]:
    try:
        with damage_told():
            yield
    except sqlite3.IntegrityError as error:
        match error.sqlite_errorname:
            case "SQLITE_CONSTRAINT_FOREIGNKEY":
                raise NotFound(str(error)) from error
            case (
                "SQLITE_CONSTRAINT_UNIQUE"
                | "SQLITE_CONSTRAINT_PRIMARYKEY"
                | "SQLITE_CONSTRAINT_TRIGGER"
            ):
                raise Conflict(str(error)) from error
            case _:
                raise


def _prepare(path: Path) -> None:
    make_folder(path.parent)
    migrate(path)


async def _connect(path: Path) -> aiosqlite.Connection:
    connection = await aiosqlite.connect(path, isolation_level=None)
    try:
        connection.row_factory = sqlite3.Row
        for pragma in _PRAGMAS:
            await connection.execute_fetchall(pragma)
    except BaseException:
        await connection.close()
        raise
    return connection


async def _to_the_end(work: Coroutine[Any, Any, None]) -> None:
    """Await something that must not be left half done, even when the caller is cancelled."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        raise
