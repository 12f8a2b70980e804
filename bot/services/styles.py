"""Styles by name, as one viewer may see them."""

from __future__ import annotations

from bot.clock import Clock
from bot.services.base import Base
from bot.services.ownership import own_style
from bot.services.store import Store
from bot.services.stylechoice import unknown_style
from data.models import OwnerId, Style, StyleCard, StyleId
from data.repos.styles import fold_name


class StyleService:
    """Find and list styles; somebody else's private style does not exist for a viewer."""

    def __init__(self, store: Store, base: Base, clock: Clock) -> None:
        self._store = store
        self._base = base
        self._clock = clock

    async def find(self, name: str, viewer_id: OwnerId, guild_id: int | None) -> StyleCard:
        """Find by name, the viewer's own first; UserError style.unknown (name)."""
        card = await self._store.styles.find(name, viewer_id, guild_id, self._base.sha256 or None)
        if card is None:
            cards = await self.usable(viewer_id, guild_id)
            raise unknown_style(name, [card.style.name for card in cards])
        return card

    async def usable(self, viewer_id: OwnerId, guild_id: int | None) -> tuple[StyleCard, ...]:
        """List all that the viewer may draw with, own first."""
        return await self._store.styles.usable(viewer_id, guild_id, self._base.sha256 or None)

    async def of_owner(self, owner_id: OwnerId) -> tuple[Style, ...]:
        """List a person's own styles, also those that are still being trained."""
        return await self._store.styles.of_owner(owner_id)

    async def suggest(
        self, typed: str, viewer_id: OwnerId, guild_id: int | None, limit: int = 25
    ) -> tuple[str, ...]:
        """Complete a style's name; those that begin with `typed` first."""
        wanted = fold_name(typed)
        cards = await self.usable(viewer_id, guild_id)
        names = dict.fromkeys(card.style.name for card in cards)
        fitting = [name for name in names if wanted in fold_name(name)]
        fitting.sort(key=lambda name: not fold_name(name).startswith(wanted))
        return tuple(fitting[:limit])

    async def delete(self, style_id: StyleId, owner_id: OwnerId) -> Style:
        """Take a style away with its files; pictures stay. UserError style.not_yours."""
        style = await own_style(self._store, style_id, owner_id)
        files: set[str] = set()
        for version in await self._store.styles.versions(style_id):
            for saved in await self._store.styles.checkpoints(version.id):
                files |= {saved.style_sha256, *saved.sample_sha256s}
                files |= {saved.state_sha256} if saved.state_sha256 else set()
        await self._store.styles.mark_deleted(style_id, self._clock.now_ms())
        await self._store.remove_unreferenced(files)
        return style

    async def set_channel_default(
        self, channel_id: int, name: str | None, viewer_id: OwnerId, guild_id: int | None
    ) -> None:
        """Choose what a channel draws with when nothing is said; None forgets it.

        UserError style.unknown.
        """
        style_id = None
        if name is not None:
            style_id = (await self.find(name, viewer_id, guild_id)).style.id
        await self._store.people.set_channel_style(channel_id, guild_id, style_id)
