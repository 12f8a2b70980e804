"""Styles by name, as one viewer may see them."""

from __future__ import annotations

from data.models import OwnerId, Style, StyleCard, StyleId


class StyleService:
    """Find and list styles; somebody else's private style does not exist for a viewer."""

    async def find(self, name: str, viewer_id: OwnerId, guild_id: int | None) -> StyleCard:
        """Find by name, the viewer's own first; UserError style.unknown (name)."""
        raise NotImplementedError

    async def usable(self, viewer_id: OwnerId, guild_id: int | None) -> tuple[StyleCard, ...]:
        """List all that the viewer may draw with, own first."""
        raise NotImplementedError

    async def suggest(
        self, typed: str, viewer_id: OwnerId, guild_id: int | None, limit: int = 25
    ) -> tuple[str, ...]:
        """Complete a style's name; those that begin with `typed` first."""
        raise NotImplementedError

    async def delete(self, style_id: StyleId, owner_id: OwnerId) -> Style:
        """Take a style away with its files; pictures stay. UserError style.not_yours."""
        raise NotImplementedError

    async def set_channel_default(
        self, channel_id: int, name: str | None, viewer_id: OwnerId, guild_id: int | None
    ) -> None:
        """Choose what a channel draws with when nothing is said; None forgets it."""
        raise NotImplementedError
