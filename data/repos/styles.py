"""Styles: names, versions, checkpoints, and who may draw with them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from data.db import Database
from data.errors import NotFound
from data.ids import new_id
from data.models import (
    DatasetId,
    JobId,
    OwnerId,
    Style,
    StyleCard,
    StyleId,
    StyleVersion,
    VersionId,
)
from data.repos.cards import fetch_cards, fold_name
from data.rows import to_style, to_version

#: sha256s of bases; None for any
Bases = Collection[str] | None


class StyleRepo:
    """Styles by owner and server; a deleted style is never found again."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def create(
        self,
        owner_id: OwnerId,
        name: str,
        guild_id: int | None,
        now: int,
        *,
        source_file: str | None = None,
    ) -> Style:
        """Begin a private style; raise Conflict when its owner has one of that name there.

        `source_file` is for one that is imported.
        """
        style_id = StyleId(new_id())
        async with self._db.write() as tx:
            await tx.execute(
                """INSERT INTO styles (
                    id, owner_id, name, name_key, guild_id, created_ms, source_file
                )
                VALUES (?, ?, ?, ?, ?, ?, ?)""",
                (style_id, owner_id, name, fold_name(name), guild_id, now, source_file),
            )
        return await self.get(style_id)

    async def get(self, style_id: StyleId) -> Style:
        """Return the style, deleted or not, to whomever; raise NotFound."""
        row = await self._db.read().fetch_one("SELECT * FROM styles WHERE id = ?", (style_id,))
        if row is None:
            raise NotFound(style_id)
        return to_style(row)

    async def find(
        self,
        wanted: str,
        viewer_id: OwnerId,
        guild_id: int | None,
        bases: Bases = None,
        *,
        number: int | None = None,
    ) -> StyleCard | None:
        """Return the style of that id, else the viewer's own of that name, else a shared one.

        Of several own ones it is that of this server, of several shared ones the oldest that can
        be drawn with. With bases, only versions for one of these count, with a number only that
        version. A card without a checkpoint is a style that nothing can be drawn with yet (or not
        on these bases).
        """
        here = viewer_id, guild_id, bases
        known = await self.card(StyleId(wanted), *here, number=number)
        if known is not None:
            return known
        cards = await fetch_cards(self._db.read(), *here, name_key=fold_name(wanted), number=number)
        return cards[0] if cards else None

    async def card(
        self,
        style_id: StyleId,
        viewer_id: OwnerId,
        guild_id: int | None,
        bases: Bases = None,
        *,
        version_id: VersionId | None = None,
        number: int | None = None,
    ) -> StyleCard | None:
        """Return the style as `find` does; None when the viewer may not draw with it here.

        With a version or its number, the card is of that one, or of none when it cannot be drawn
        with.
        """
        cards = await fetch_cards(
            *(self._db.read(), viewer_id, guild_id, bases),
            style_id=style_id,
            version_id=version_id,
            number=number,
        )
        return cards[0] if cards else None

    async def seen(
        self, viewer_id: OwnerId, guild_id: int | None, bases: Bases = None
    ) -> tuple[StyleCard, ...]:
        """List all that the viewer finds here: own styles first, then shared ones, by name."""
        return await fetch_cards(self._db.read(), viewer_id, guild_id, bases)

    async def usable(
        self, viewer_id: OwnerId, guild_id: int | None, bases: Bases = None
    ) -> tuple[StyleCard, ...]:
        """List what of it the viewer can draw with."""
        cards = await self.seen(viewer_id, guild_id, bases)
        return tuple(card for card in cards if card.checkpoint is not None)

    async def of_owner(self, owner_id: OwnerId) -> tuple[Style, ...]:
        """List a person's styles by name, without deleted ones."""
        rows = await self._db.read().fetch_all(
            "SELECT * FROM styles WHERE owner_id = ? AND deleted_ms IS NULL ORDER BY name_key",
            (owner_id,),
        )
        return tuple(to_style(row) for row in rows)

    async def named(self, wanted: str) -> tuple[Style, ...]:
        """List all styles of that id or name, whoever owns them, for the host; the oldest first."""
        rows = await self._db.read().fetch_all(
            """SELECT * FROM styles WHERE (id = ? OR name_key = ?) AND deleted_ms IS NULL
            ORDER BY created_ms, rowid""",
            (wanted, fold_name(wanted)),
        )
        return tuple(to_style(row) for row in rows)

    async def holding(self, style_sha256: str) -> Style | None:
        """Find the style that this file is a checkpoint of, whoever owns it, for the host."""
        row = await self._db.read().fetch_one(
            """SELECT styles.* FROM styles
            JOIN style_versions ON style_id = styles.id
            JOIN checkpoints ON version_id = style_versions.id
            WHERE style_sha256 = ? AND deleted_ms IS NULL
            ORDER BY styles.created_ms, styles.rowid LIMIT 1""",
            (style_sha256,),
        )
        return None if row is None else to_style(row)

    async def is_open(self, style_sha256: str, viewer_id: OwnerId, guild_id: int | None) -> bool:
        """Tell whether a person may draw with this very file here.

        A kept version has no checkpoint of its own: it is drawn with by another one's.
        """
        row = await self._db.read().fetch_one(
            """SELECT 1 FROM checkpoints
            JOIN style_versions AS drawn
                ON drawn.id = checkpoints.version_id
                OR drawn.published_checkpoint_id = checkpoints.id
            JOIN styles ON styles.id = drawn.style_id
            WHERE style_sha256 = ? AND deleted_ms IS NULL
            AND (owner_id = ? OR shared_ms IS NOT NULL AND styles.guild_id = ?)""",
            (style_sha256, viewer_id, guild_id),
        )
        return row is not None

    async def rename(self, style_id: StyleId, name: str) -> None:
        """Change the name; raise Conflict when the owner has another of that name there."""
        await self._change(
            "UPDATE styles SET name = ?, name_key = ? WHERE id = ?",
            (name, fold_name(name), style_id),
        )

    async def share(self, version_id: VersionId, now: int) -> None:
        """Let everyone in the style's server draw with this version; raise NotFound."""
        await self._change(
            "UPDATE style_versions SET shared_ms = coalesce(shared_ms, ?) WHERE id = ?",
            (now, version_id),
        )

    async def unshare(self, style_id: StyleId, version_id: VersionId | None = None) -> None:
        """Let only the owner draw with this version, or with all of them."""
        async with self._db.write() as tx:
            await tx.execute(
                """UPDATE style_versions SET shared_ms = NULL
                WHERE style_id = ? AND id = coalesce(?, id)""",
                (style_id, version_id),
            )

    async def mark_deleted(self, style_id: StyleId, now: int) -> None:
        """Take the style away from everyone.

        Pictures drawn with it keep their link; its files are no longer referenced and go with
        the next sweep; its name is free again. Raises NotFound.
        """
        await self._change(
            "UPDATE styles SET deleted_ms = coalesce(deleted_ms, ?) WHERE id = ?", (now, style_id)
        )

    async def add_version(
        self,
        style_id: StyleId,
        *,
        base: str,
        base_sha256: str,
        family: str,
        dataset_id: DatasetId | None,
        job_id: JobId | None,
        recipe_json: str,
        now: int,
    ) -> StyleVersion:
        """Add the style's next version; `job_id` and `dataset_id` are None for an import.

        Raises NotFound for an unknown style, dataset or job, Conflict when the job has a version.
        """
        async with self._db.write() as tx:
            row = await tx.fetch_one(
                """INSERT INTO style_versions (
                    id, style_id, number, base, base_sha256, family,
                    dataset_id, job_id, recipe_json, created_ms
                )
                SELECT ?, ?, coalesce(max(number), 0) + 1, ?, ?, ?, ?, ?, ?, ?
                FROM style_versions WHERE style_id = ?
                RETURNING *""",
                (
                    *(new_id(), style_id, base, base_sha256, family),
                    *(dataset_id, job_id, recipe_json, now, style_id),
                ),
            )
        if row is None:
            raise NotFound(style_id)
        return to_version(row)

    async def version(self, version_id: VersionId) -> StyleVersion:
        """Return the version; raise NotFound."""
        row = await self._db.read().fetch_one(
            "SELECT * FROM style_versions WHERE id = ?", (version_id,)
        )
        if row is None:
            raise NotFound(version_id)
        return to_version(row)

    async def versions(self, style_id: StyleId) -> tuple[StyleVersion, ...]:
        """List the style's versions, the first one first."""
        rows = await self._db.read().fetch_all(
            "SELECT * FROM style_versions WHERE style_id = ? ORDER BY number", (style_id,)
        )
        return tuple(to_version(row) for row in rows)

    async def version_of_job(self, job_id: JobId) -> StyleVersion | None:
        """Return the version that a training makes."""
        row = await self._db.read().fetch_one(
            "SELECT * FROM style_versions WHERE job_id = ?", (job_id,)
        )
        return None if row is None else to_version(row)

    async def _change(self, sql: str, values: Sequence[str | int]) -> None:
        async with self._db.write() as tx:
            changed = await tx.execute(sql, values)
        if not changed:
            raise NotFound(values[-1])
