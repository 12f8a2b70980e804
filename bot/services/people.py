"""What is remembered about a person: the language."""

from __future__ import annotations

from bot.services.store import Store
from data.models import OwnerId


class PeopleService:
    """Remember the language of each person."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def locale(self, owner_id: OwnerId) -> str | None:
        """Tell the language last seen of this person."""
        return await self._store.people.locale(owner_id)

    async def set_locale(self, owner_id: OwnerId, locale: str) -> None:
        """Remember the language."""
        if await self._store.people.locale(owner_id) != locale:
            await self._store.people.set_locale(owner_id, locale)
