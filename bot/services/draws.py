"""From a prompt to a job of recipes."""

from __future__ import annotations

from dataclasses import dataclass

from bot.services.tasks import UnknownWord
from data.models import Job, JobId, OwnerId, Place, StyleCard
from engine.pictures.recipe import Recipe

MAX_COUNT = 4
MAX_PROMPT_CHARS = 1500


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawOrder:
    """What a person asked for; None = not said (then the prompt's inline options count)."""

    owner_id: OwnerId
    prompt: str
    guild_id: int | None = None
    channel_id: int | None = None
    score: int | None = None
    #: a style's name; "none" draws without
    style: str | None = None
    #: 1..4
    count: int | None = None
    seed: int | None = None
    negative: str | None = None
    #: 0..2
    weight: float | None = None
    locale: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawPlan:
    """What would be drawn, and why so."""

    order: DrawOrder
    recipes: tuple[Recipe, ...]
    style: StyleCard | None
    #: why this style: "asked" | "last" | "channel" | "only" | "none" (asked for none)
    why: str
    unknown: tuple[UnknownWord, ...] = ()


class DrawService:
    """Plan and request pictures."""

    async def plan(self, order: DrawOrder) -> DrawPlan:
        """Check an order and resolve its style and recipes.

        UserError draw.prompt_empty, draw.prompt_long, draw.score_range, draw.score_none (family
        without scores), draw.no_style (show a train button), style.unknown, draw.count_range,
        draw.weight_range, draw.seed_range, draw.too_many_jobs.
        """
        raise NotImplementedError

    async def request(
        self, plan: DrawPlan, *, place: Place | None = None, locale: str | None = None
    ) -> Job:
        """Write the job; when this returns, it survives any crash."""
        raise NotImplementedError

    async def again(
        self, job_id: JobId, owner_id: OwnerId, *, guild_id: int | None = None
    ) -> DrawOrder:
        """Make the order of an earlier draw anew, with a fresh seed, for whoever asks."""
        raise NotImplementedError
