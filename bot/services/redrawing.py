"""A picture's own recipe as the plan that draws it again."""

from __future__ import annotations

from bot.errors import UserError
from bot.services.base import Base
from bot.services.orders import DrawOrder, DrawPlan
from bot.services.store import Store
from data.models import HOST, Style, StyleCard
from engine.pictures.recipe import Recipe


async def plan_redraw(recipe: Recipe, store: Store, base: Base) -> DrawPlan:
    """Plan the same picture for the host, once the base is known.

    UserError redraw.other_base, redraw.no_style (a style's file is not kept here, or no more), and
    draw.start_missing for the picture that it started from.
    """
    if recipe.base_sha256 not in {"", base.sha256}:
        raise UserError(
            "redraw.other_base", base=recipe.base, sha256=recipe.base_sha256[:10], now=base.name
        )
    styles = [await _kept(use.name, use.sha256, store) for use in recipe.adapters]
    if recipe.start_sha256 and not await store.blobs.exists(recipe.start_sha256):
        raise UserError("draw.start_missing")
    return DrawPlan(
        order=DrawOrder(owner_id=HOST, prompt=recipe.prompt),
        recipes=(recipe,),
        style=_card(styles[0]) if styles else None,
        why="asked" if styles else "none",
    )


async def _kept(name: str, sha256: str, store: Store) -> Style:
    style = await store.styles.holding(sha256)
    if style is None:
        raise UserError("redraw.no_style", name=name[:50], sha256=sha256[:12])
    return style


def _card(style: Style) -> StyleCard:
    """Name the style that a job belongs to; which file it is says the recipe."""
    return StyleCard(style=style, version=None, checkpoint=None, shared_number=None)
