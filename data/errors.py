"""What can go wrong in the store."""

from __future__ import annotations


class StoreError(Exception):
    """Base of everything this package raises on purpose."""


class NotFound(StoreError):
    """The row or the file that was asked for does not exist."""


class Conflict(StoreError):
    """The change contradicts what is already stored; nothing was changed."""


class Damaged(StoreError):
    """A file's content does not have the sha256 that it is known by."""


class DatabaseUnusable(StoreError):
    """The database's file is damaged, or cannot be read or written; its text is SQLite's reason."""


class DatabaseTooNew(StoreError):
    """The database was written by a newer Ownhand; this one must not touch it."""

    def __init__(self, *, found: int, known: int) -> None:
        super().__init__(
            f"The database has schema version {found}, this Ownhand knows versions up to {known}. "
            "Start the newer Ownhand, or restore a backup."
        )
        self.found = found
        self.known = known


class SqliteTooOld(StoreError):
    """The SQLite that Python was built with lacks what the schema uses."""

    def __init__(self, *, found: str, needed: str) -> None:
        super().__init__(f"Python's SQLite is {found}; Ownhand needs {needed} or newer.")
        self.found = found
        self.needed = needed
