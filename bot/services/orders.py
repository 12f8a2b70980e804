"""What a person wants drawn, and what would be drawn for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bot.services.tasks import Cast, Filled, Translated, UnknownWord
from data.models import OwnerId, StyleCard, StyleId
from engine.pictures.recipe import Recipe

#: What says that there shall be none of it: no style, no score, no preset, nothing left out.
NOTHING: Final = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """A picture to start from, instead of from noise alone."""

    sha256: str
    #: how much of it is drawn anew, above 0 to 1
    denoise: float
    #: the picture itself as our own PNG, where it is not kept yet
    png: bytes | None = None
    #: its width and height, where the drawn ones shall have their shape
    size: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stacked:
    """A style that is laid over the first one."""

    #: its id or name, `name@2` for one of its versions
    name: str
    #: exactly this style, which was called `name`
    style_id: StyleId | None = None
    #: -2..2
    weight: float = 1.0
    #: its weight in the text encoders, where that differs
    text_weight: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawOrder:
    """What a person asked for; None = not said (then the prompt's inline options count)."""

    owner_id: OwnerId
    prompt: str
    #: of a series: its prompts, a picture each, in place of `prompt` and `count`
    lines: tuple[str, ...] = ()
    guild_id: int | None = None
    channel_id: int | None = None
    score: int | None = None
    #: no default fills the score
    no_score: bool = False
    #: a style's id or name; "none" draws without
    style: str | None = None
    #: exactly this style, which was called `style`, and no other of that name
    style_id: StyleId | None = None
    #: the styles laid over that one; () is none of them
    stack: tuple[Stacked, ...] | None = None
    #: what the host calls it; without it the style's own, or the host's first
    base: str | None = None
    #: 1..4
    count: int | None = None
    seed: int | None = None
    #: "" leaves nothing out
    negative: str | None = None
    #: -2..2, of the first style
    weight: float | None = None
    #: one picture at each of these, all of one seed; in place of `count` and `weight`
    weights: tuple[float, ...] = ()
    #: 1..60; None takes the family's own, as with the two that follow
    steps: int | None = None
    #: 1..20
    guidance: float | None = None
    #: ComfyUI's sampler and schedule
    sampler: tuple[str, str] | None = None
    #: who was called by `@name` when this was drawn before
    cast: tuple[Cast, ...] = ()
    #: None starts from noise alone
    start: Start | None = None
    #: ready-made choices by their name, the family's or stored ones; "none" for none
    preset: str | None = None
    #: one of the family's sizes by its name; it counts more than `size`
    shape: str | None = None
    #: width and height in pixels; None takes the start's shape, else the family's own size
    size: tuple[int, int] | None = None
    #: whether its pictures are covered until somebody wants to see them
    spoiler: bool = False
    #: made of a draw that holds all choices: no default fills it
    settled: bool = False
    locale: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawPlan:
    """What would be drawn, and why so."""

    order: DrawOrder
    recipes: tuple[Recipe, ...]
    style: StyleCard | None
    #: the styles laid over that one
    stack: tuple[StyleCard, ...] = ()
    #: why this style: "asked" | "newest" | "last" | "channel" | "only" | "none" (asked for none)
    why: str
    unknown: tuple[UnknownWord, ...] = ()
    translated: tuple[Translated, ...] = ()
    cast: tuple[Cast, ...] = ()
    #: what defaults filled
    filled: tuple[Filled, ...] = ()
