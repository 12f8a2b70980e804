"""The best-liked pictures of a server."""

from __future__ import annotations

from dataclasses import dataclass

from data.models import OwnerId, Picture, Place
from engine.pictures.recipe import Recipe

#: Fewer people than this make no ranking.
MIN_VOTERS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class GalleryEntry:
    """One picture on show."""

    picture: Picture
    owner_id: OwnerId
    place: Place
    votes: int
    recipe: Recipe
    style_name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gallery:
    """Pictures by votes, or the newest while too few people voted."""

    entries: tuple[GalleryEntry, ...]
    ranked: bool
    voters: int
    #: how many more people must vote for a ranking; 0 when ranked
    missing_voters: int


class GalleryService:
    """Show what people liked."""

    async def show(self, guild_id: int | None, limit: int = 9) -> Gallery:
        """Collect the server's pictures of the last 30 days."""
        raise NotImplementedError
