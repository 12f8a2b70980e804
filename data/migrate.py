"""Bring a database to today's schema, one numbered script after the other."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from data.damage import damage_told
from data.errors import DatabaseTooNew

FOLDER = Path(__file__).with_name("migrations")
_FILE_NAME = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One step of the schema; `number` becomes the database's `user_version`."""

    number: int
    name: str
    sql: str


def list_migrations(folder: Path = FOLDER) -> tuple[Migration, ...]:
    """Read all migrations in order; raise ValueError for a bad name or a gap."""
    found: list[Migration] = []
    for path in sorted(folder.glob("*.sql")):
        match = _FILE_NAME.fullmatch(path.name)
        if match is None or int(match[1]) != len(found) + 1:
            raise ValueError(f"{path.name} is not the migration after number {len(found)}")
        sql = path.read_text(encoding="utf-8")
        found.append(Migration(number=int(match[1]), name=path.stem, sql=sql))
    return tuple(found)


@damage_told()
def read_version(path: Path) -> int:
    """Return the schema version of a database file; 0 when there is none yet."""
    if not path.exists():
        return 0
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        return _version_of(connection)


def migrate(path: Path, migrations: Sequence[Migration] | None = None) -> tuple[int, int]:
    """Apply what is missing, each step whole or not at all; return versions before and after.

    Raises `DatabaseTooNew` and changes nothing when the database is ahead of the code.
    """
    known = list_migrations() if migrations is None else tuple(migrations)
    with closing(sqlite3.connect(path, isolation_level=None, timeout=10)) as connection:
        before = _version_of(connection)
        if before > len(known):
            raise DatabaseTooNew(found=before, known=len(known))
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        for migration in known[before:]:
            _apply(connection, migration)
        return before, _version_of(connection)


def _apply(connection: sqlite3.Connection, migration: Migration) -> None:
    # `executescript` commits an open transaction first, so the transaction is in the script.
    script = (
        f"BEGIN IMMEDIATE;\n{migration.sql}\nPRAGMA user_version = {migration.number};\nCOMMIT;"
    )
    try:
        connection.executescript(script)
    except BaseException:
        connection.rollback()
        raise


def _version_of(connection: sqlite3.Connection) -> int:
    row = connection.execute("PRAGMA user_version").fetchone()
    return int(row[0])
