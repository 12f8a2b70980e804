"""What a person wants drawn, and what would be drawn for it."""

from __future__ import annotations

from dataclasses import dataclass

from bot.services.tasks import UnknownWord
from data.models import OwnerId, StyleCard, StyleId
from engine.pictures.recipe import Recipe


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawOrder:
    """What a person asked for; None = not said (then the prompt's inline options count)."""

    owner_id: OwnerId
    prompt: str
    guild_id: int | None = None
    channel_id: int | None = None
    score: int | None = None
    #: a style's id or name; "none" draws without
    style: str | None = None
    #: exactly this style, which was called `style`, and no other of that name
    style_id: StyleId | None = None
    #: 1..4
    count: int | None = None
    seed: int | None = None
    negative: str | None = None
    #: 0..2
    weight: float | None = None
    #: one picture at each of these, all of one seed; in place of `count` and `weight`
    weights: tuple[float, ...] = ()
    locale: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawPlan:
    """What would be drawn, and why so."""

    order: DrawOrder
    recipes: tuple[Recipe, ...]
    style: StyleCard | None
    #: why this style: "asked" | "newest" | "last" | "channel" | "only" | "none" (asked for none)
    why: str
    unknown: tuple[UnknownWord, ...] = ()
