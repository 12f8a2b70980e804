"""What is remembered about a person: language and last style."""

from __future__ import annotations

from bot.services.store import Store
from data.models import OwnerId, StyleId


class PeopleService:
    """Remember small choices."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def locale(self, owner_id: OwnerId) -> str | None:
        """Tell the language last seen of this person."""
        return await self._store.people.locale(owner_id)

    async def set_locale(self, owner_id: OwnerId, locale: str) -> None:
        """Remember the language."""
        if await self._store.people.locale(owner_id) != locale:
            await self._store.people.set_locale(owner_id, locale)

    async def last_style(self, owner_id: OwnerId) -> StyleId | None:
        """Tell the style last drawn with."""
        return await self._store.people.last_style(owner_id)
