"""What is remembered about a person: language and last style."""

from __future__ import annotations

from data.models import OwnerId, StyleId


class PeopleService:
    """Remember small choices."""

    async def locale(self, owner_id: OwnerId) -> str | None:
        """Tell the language last seen of this person."""
        raise NotImplementedError

    async def set_locale(self, owner_id: OwnerId, locale: str) -> None:
        """Remember the language."""
        raise NotImplementedError

    async def last_style(self, owner_id: OwnerId) -> StyleId | None:
        """Tell the style last drawn with."""
        raise NotImplementedError
