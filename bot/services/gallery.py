"""The best-liked pictures of a server."""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass

from bot.clock import Clock
from bot.services.store import Store
from bot.services.tasks import read_draw_task
from data.models import OwnerId, Picture, Place, RankedPicture
from engine.pictures.recipe import Recipe
from engine.pictures.recipe_json import recipe_from_json

log = logging.getLogger(__name__)

#: Fewer people than this make no ranking.
MIN_VOTERS = 3
GALLERY_DAYS = 30
_DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True, kw_only=True)
class GalleryEntry:
    """One picture on show."""

    picture: Picture
    owner_id: OwnerId
    place: Place
    votes: int
    recipe: Recipe
    style_name: str | None
    #: whether it was drawn to be covered
    spoiler: bool = False


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

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def show(
        self, guild_id: int | None, seen_ids: Collection[int], limit: int = 9
    ) -> Gallery:
        """Collect the server's pictures of the last 30 days, without quiet jobs' ones.

        Without those, either, whose message is deleted: a moderator may have done that.
        Only those of the channels that the asker sees, and only their votes make a ranking.
        Outside of a server there is nothing: what others drew in private is nobody's to see.
        """
        if guild_id is None:
            return Gallery(entries=(), ranked=False, voters=0, missing_voters=MIN_VOTERS)
        since = self._clock.now_ms() - GALLERY_DAYS * _DAY_MS
        voters = await self._store.votes.distinct_voters(guild_id, seen_ids, since)
        missing = max(0, MIN_VOTERS - voters)
        if missing:
            ranked = await self._store.pictures.recent(guild_id, seen_ids, since, limit)
        else:
            ranked = await self._store.votes.ranking(guild_id, seen_ids, since, limit)
        entries = [await self._entry(one) for one in ranked]
        return Gallery(
            entries=tuple(entries), ranked=not missing, voters=voters, missing_voters=missing
        )

    async def take_down(self, message_ids: Collection[int]) -> None:
        """Show nothing more of these messages, which were deleted; votes stay as they are."""
        gone = await self._store.jobs.take_down(message_ids, self._clock.now_ms())
        if gone:
            log.info("%d messages with jobs were deleted", gone)

    async def take_down_thread(self, guild_id: int, thread_id: int) -> None:
        """Show nothing more of a thread that was deleted."""
        gone = await self._store.jobs.take_down_thread(guild_id, thread_id, self._clock.now_ms())
        if gone:
            log.info("a thread with %d jobs was deleted", gone)

    async def _entry(self, ranked: RankedPicture) -> GalleryEntry:
        picture = ranked.picture
        recipe = recipe_from_json(picture.recipe_json)
        job = await self._store.jobs.get(picture.job_id)
        return GalleryEntry(
            picture=picture,
            owner_id=ranked.owner_id,
            place=ranked.place,
            votes=ranked.votes,
            recipe=recipe,
            style_name=recipe.adapters[0].name if recipe.adapters else None,
            spoiler=read_draw_task(job).spoiler,
        )
