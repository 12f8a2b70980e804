"""Ready-made choices, put into an order."""

from __future__ import annotations

import dataclasses
from typing import Final

from bot.errors import UserError
from bot.services.orders import DrawOrder
from engine.base.families import Family

_SHOWN_CHARS: Final = 30


def with_preset(order: DrawOrder, family: Family) -> DrawOrder:
    """Put a preset's words before those of the order, which then names no preset any more.

    What is left out begins with the preset's words and ends with the person's, else the family's.
    UserError draw.preset_none (preset, presets), draw.no_presets (base).
    """
    if order.preset is None:
        return order
    if not family.presets:
        raise UserError("draw.no_presets", base=family.title)
    preset = family.presets.get(order.preset.strip().casefold())
    if preset is None:
        known = ", ".join(family.presets)
        raise UserError("draw.preset_none", preset=order.preset[:_SHOWN_CHARS], presets=known)
    left_out = family.negative if order.negative is None else order.negative
    return dataclasses.replace(
        order,
        preset=None,
        # An empty prompt stays empty, so that it is refused.
        prompt=_joined(preset.words, order.prompt) if order.prompt else "",
        negative=_joined(preset.negative, left_out) or None,
    )


def _joined(*parts: str) -> str:
    return ", ".join(part for part in parts if part)
