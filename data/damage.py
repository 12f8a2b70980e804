"""Tell a database file that nobody can use from a mistake of the code."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager

from data.errors import DatabaseUnusable

#: What SQLite says about files, disks and permissions.
_CODES = frozenset(
    {
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_PERM,
    }
)
#: The rest of a code says more about the same.
_PRIMARY = 0xFF


@contextmanager
def damage_told(*, may_write: bool = True) -> Generator[None]:
    """Raise `DatabaseUnusable` for what the file is to blame for; also a decorator.

    Where nothing may be written, an attempt to is a mistake of the code and comes as it is.
    """
    codes = _CODES | {sqlite3.SQLITE_READONLY} if may_write else _CODES
    try:
        yield
    except sqlite3.DatabaseError as error:
        # Errors that Python's own module makes have no code.
        if getattr(error, "sqlite_errorcode", 0) & _PRIMARY in codes:
            raise DatabaseUnusable(str(error)) from error
        raise
