"""A picture's own recipe as the plan that draws it again."""

from __future__ import annotations

from bot.errors import UserError
from bot.services.base import Base
from bot.services.drawing.checks import check_styles
from bot.services.orders import DrawOrder, DrawPlan
from bot.services.store import Store
from data.models import HOST, Style, StyleCard
from engine.pictures.recipe import Recipe


async def plan_redraw(recipe: Recipe, store: Store, base: Base) -> DrawPlan:
    """Plan the same picture for the host, once the base is known.

    The host may draw with whatever is kept here. UserError redraw.other_base, redraw.no_style (a
    style's file is not kept here, or no more), draw.stack_most, draw.stack_twice, and
    draw.start_missing for the picture that it started from.
    """
    if recipe.base_sha256 not in {"", base.sha256}:
        raise UserError(
            "redraw.other_base", base=recipe.base, sha256=recipe.base_sha256[:10], now=base.name
        )
    _check_stack(recipe)
    cards = [_card(await _kept(use.name, use.sha256, store)) for use in recipe.adapters]
    if recipe.start_sha256 and not await store.blobs.exists(recipe.start_sha256):
        raise UserError("draw.start_missing")
    return DrawPlan(
        order=DrawOrder(owner_id=HOST, prompt=recipe.prompt),
        recipes=(recipe,),
        style=cards[0] if cards else None,
        stack=tuple(cards[1:]),
        why="asked" if cards else "none",
    )


def _check_stack(recipe: Recipe) -> None:
    """Hold to the limits of an order: the recipe may come from a file that somebody wrote."""
    check_styles(len(recipe.adapters))
    seen: set[str] = set()
    for use in recipe.adapters:
        if use.sha256 in seen:
            raise UserError("draw.stack_twice", name=use.name[:50])
        seen.add(use.sha256)


async def _kept(name: str, sha256: str, store: Store) -> Style:
    style = await store.styles.holding(sha256)
    if style is None:
        raise UserError("redraw.no_style", name=name[:50], sha256=sha256[:12])
    return style


def _card(style: Style) -> StyleCard:
    """Name the style that a job belongs to; which file it is says the recipe."""
    return StyleCard(style=style, version=None, checkpoint=None, shared_number=None)
