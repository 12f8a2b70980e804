"""Look after a database file: copy it while it is in use, and check it."""

from __future__ import annotations

import sqlite3
import uuid
from contextlib import closing
from pathlib import Path

from data.damage import damage_told
from data.durable import make_folder, sync_file, sync_folder
from data.errors import Conflict, NotFound


@damage_told()
def backup(path: Path, out: Path) -> None:
    """Copy the database into a new file, whole and durable, also while a bot writes to it.

    Only the rows: the blobs are files, which never change, and are copied as files.
    Raises NotFound when there is no database, Conflict when `out` exists, DatabaseUnusable.
    """
    if not path.is_file():
        raise NotFound(path)
    if out.exists():
        raise Conflict(f"{out} exists")
    make_folder(out.parent)
    temporary = out.with_name(f".{out.name}.{uuid.uuid4().hex}")
    try:
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(temporary)) as copy:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, nothing beside it
        sync_file(temporary)
        temporary.replace(out)
        sync_folder(out.parent)
    finally:
        temporary.unlink(missing_ok=True)


def check(path: Path) -> tuple[str, ...]:
    """Return what is wrong inside the file, a line each; empty means that it is sound.

    Raises NotFound when there is no database.
    """
    if not path.is_file():
        raise NotFound(path)
    with closing(sqlite3.connect(path)) as connection:
        try:
            connection.execute("PRAGMA query_only = ON")
            lines = [str(row[0]) for row in connection.execute("PRAGMA integrity_check")]
            lines = [] if lines == ["ok"] else lines
            for table, row_id, parent, _ in connection.execute("PRAGMA foreign_key_check"):
                lines.append(f"row {row_id} of {table} names a row of {parent} that is missing")
        except sqlite3.DatabaseError as error:
            return (str(error),)
    return tuple(lines)
