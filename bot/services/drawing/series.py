"""A series: one order whose lines are drawn one picture each, by the same style."""

from __future__ import annotations

import dataclasses
import secrets
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

from bot.errors import UserError
from bot.services.drawing.characters import CharacterService
from bot.services.drawing.checks import MAX_SEED
from bot.services.inline import parse_inline
from bot.services.orders import NOTHING, DrawOrder, DrawPlan
from data.models import OwnerId
from engine.pictures.recipe import Recipe

MAX_LINES: Final = 12
#: What is refused for the style, the base or the person: all lines have them in common.
_OF_ALL: Final = (
    *("style.", "bases.", "draw.no_style", "draw.which_style", "draw.too_many_jobs", "draw.stack_"),
)
#: What a self-portrait is tried in; every base knows these words.
_PORTRAITS: Final = (
    "{who}, portrait, smile",
    "{who}, upper body, looking to the side",
    "{who}, full body, standing, forest",
    "{who}, waving, blue sky",
    "{who}, portrait, closed eyes, night sky",
    "{who}, chibi, white background",
)


def lines_of(text: str) -> tuple[str, ...]:
    """Read one prompt per line; UserError draw.prompt_empty, series.too_many."""
    lines = tuple(line for line in map(str.strip, text.splitlines()) if line)
    if not lines:
        raise UserError("draw.prompt_empty")
    if len(lines) > MAX_LINES:
        raise UserError("series.too_many", count=len(lines), most=MAX_LINES)
    return lines


def line_orders(order: DrawOrder) -> tuple[DrawOrder, ...]:
    """Make an order of every line; seeds count up, as in a grid.

    UserError series.one_stack when a later line asks for styles of its own on top.
    """
    if any(parse_inline(line).stack is not None for line in order.lines[1:]):
        raise UserError("series.one_stack")
    last = MAX_SEED + 1 - len(order.lines)
    if order.seed is not None and order.seed > last:
        raise UserError("draw.seed_range", value=str(order.seed), most=str(last))
    seed = secrets.randbelow(last) if order.seed is None else order.seed
    return tuple(
        dataclasses.replace(order, prompt=line, lines=(), count=1, seed=seed + number)
        for number, line in enumerate(order.lines)
    )


@contextmanager
def in_line(number: int, order: DrawOrder) -> Generator[None]:
    """Let what a line is refused for name the line, unless all have it in common."""
    try:
        yield
    except UserError as error:
        of_all = order.score is not None and error.key.startswith("draw.score_")
        if not of_all and not error.key.startswith(_OF_ALL):
            error.line = number
        raise


def line_of(recipe: Recipe) -> str:
    """Spell the line that a recipe was made of, with what it said for itself alone."""
    score = None if recipe.score is None else f"score:{recipe.score}"
    weight = f"weight:{recipe.adapters[0].weight:g}" if recipe.adapters else None
    negative = f"--no {recipe.negative or NOTHING}"
    return " ".join(filter(None, (recipe.prompt, score, weight, negative)))


def with_style_of(order: DrawOrder, plan: DrawPlan) -> DrawOrder:
    """Draw a further line by the style of the first, with the same ones laid over it."""
    order = dataclasses.replace(order, stack=plan.order.stack or ())
    if plan.style is None:
        return dataclasses.replace(order, style=NOTHING)
    # An adapter's name says which of the style's versions it is.
    name = plan.recipes[0].adapters[0].name
    return dataclasses.replace(order, style=name, style_id=plan.style.style.id)


def joined(order: DrawOrder, plans: tuple[DrawPlan, ...]) -> DrawPlan:
    """Make one plan of the lines'."""
    return DrawPlan(
        stack=plans[0].stack,
        order=order,
        recipes=tuple(recipe for plan in plans for recipe in plan.recipes),
        style=plans[0].style,
        why=plans[0].why,
        unknown=tuple(dict.fromkeys(word for plan in plans for word in plan.unknown)),
        translated=tuple(dict.fromkeys(pair for plan in plans for pair in plan.translated)),
        cast=tuple(dict.fromkeys(one for plan in plans for one in plan.cast)),
        filled=tuple(dict.fromkeys(one for plan in plans for one in plan.filled)),
    )


class SeriesService:
    """The series that need not be written."""

    def __init__(self, characters: CharacterService) -> None:
        self._characters = characters

    async def of_characters(self, owner_id: OwnerId) -> tuple[str, ...]:
        """Make a line of each of a person's own characters; UserError series.no_characters."""
        own = await self._characters.own(owner_id)
        if not own:
            raise UserError("series.no_characters")
        return tuple(f"@{one.name}" for one in own[:MAX_LINES])

    async def self_portrait(self, owner_id: OwnerId, who: str | None) -> tuple[str, ...]:
        """Make lines around these words, else around the first own character.

        UserError series.who.
        """
        words = " ".join((who or "").split())
        if not words:
            own = await self._characters.own(owner_id)
            if not own:
                raise UserError("series.who")
            words = f"@{own[0].name}"
        return tuple(line.format(who=words) for line in _PORTRAITS)
