"""What the bot remembers about itself, such as the hash of the commands it synced last."""

from __future__ import annotations

from data.db import Database


class MetaRepo:
    """Text by key."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def get(self, key: str) -> str | None:
        """Return the text, or None."""
        row = await self._db.read().fetch_one("SELECT value FROM meta WHERE key = ?", (key,))
        return None if row is None else row["value"]

    async def keys(self, prefix: str) -> tuple[str, ...]:
        """List the keys that begin so."""
        rows = await self._db.read().fetch_all(
            "SELECT key FROM meta WHERE substr(key, 1, length(?1)) = ?1 ORDER BY key", (prefix,)
        )
        return tuple(row["key"] for row in rows)

    async def put(self, key: str, value: str) -> None:
        """Keep the text, in place of an earlier one."""
        async with self._db.write() as tx:
            await tx.execute(
                """INSERT INTO meta (key, value) VALUES (?, ?)
                ON CONFLICT (key) DO UPDATE SET value = excluded.value""",
                (key, value),
            )

    async def remove(self, key: str) -> None:
        """Forget the text, if there is one."""
        async with self._db.write() as tx:
            await tx.execute("DELETE FROM meta WHERE key = ?", (key,))
