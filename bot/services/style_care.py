"""What an artist does with a style of their own beside sharing it: another name, or its end."""

from __future__ import annotations

from collections.abc import Callable

from bot.clock import Clock
from bot.errors import UserError
from bot.services.names import check_name
from bot.services.ownership import own_style
from bot.services.store import Store
from data.errors import Conflict
from data.models import JobKind, OwnerId, Style, StyleId


class StyleCareService:
    """Renames and deletes."""

    def __init__(self, store: Store, clock: Clock, *, changed: Callable[[], None]) -> None:
        self._store = store
        self._clock = clock
        #: is told when what is shared may be another
        self._changed = changed

    async def rename(self, style_id: StyleId, owner_id: OwnerId, name: str) -> Style:
        """Give it another name; returns it as it was.

        What was drawn keeps the old one. UserError style.not_yours, style.name_bad,
        style.name_yours.
        """
        style = await own_style(self._store, style_id, owner_id)
        tidy = check_name(name)
        try:
            await self._store.styles.rename(style_id, tidy)
        except Conflict:
            raise UserError("style.name_yours", name=tidy) from None
        self._changed()
        return style

    async def delete(self, style_id: StyleId, owner_id: OwnerId) -> Style:
        """Take it away with its files, all versions; pictures stay.

        UserError style.not_yours, style.in_training.
        """
        style = await own_style(self._store, style_id, owner_id)
        await require_at_rest(self._store, style)
        files = await self._files(style_id)
        await self._store.styles.mark_deleted(style_id, self._clock.now_ms())
        await self._store.remove_unreferenced(files)
        self._changed()
        return style

    async def _files(self, style_id: StyleId) -> set[str]:
        files: set[str] = set()
        for version in await self._store.styles.versions(style_id):
            files |= set(version.bare_sha256s)
            for saved in await self._store.checkpoints.of_version(version.id):
                files |= {saved.style_sha256, *saved.sample_sha256s}
                files |= {saved.state_sha256} if saved.state_sha256 else set()
        return files


async def require_at_rest(store: Store, style: Style) -> None:
    """Refuse a style that is being trained; UserError style.in_training."""
    for job in await store.jobs.active(style.owner_id):
        if job.kind is JobKind.TRAIN and job.style_id == style.id:
            raise UserError("style.in_training", style=style.name)
