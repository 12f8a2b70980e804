"""Who may change a style: its owner alone."""

from __future__ import annotations

from bot.errors import UserError
from bot.services.store import Store
from data.errors import NotFound
from data.models import OwnerId, Style, StyleId


async def own_style(store: Store, style_id: StyleId, owner_id: OwnerId) -> Style:
    """Return the style to its owner; UserError style.not_yours, also when there is none."""
    try:
        style = await store.styles.get(style_id)
    except NotFound:
        raise UserError("style.not_yours") from None
    if style.owner_id != owner_id or style.deleted_ms is not None:
        raise UserError("style.not_yours")
    return style
