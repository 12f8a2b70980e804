"""Styles laid over the first one, as people write them: `detail-slider:0.6, ink:0.4/0.2`."""

from __future__ import annotations

import re
from typing import Final

from bot.errors import UserError
from bot.services.orders import NOTHING, Stacked
from engine.pictures.recipe import AdapterUse

_NUMBER: Final = r"[+-]?(?:[0-9]{1,6}(?:[.][0-9]{0,6})?|[.][0-9]{1,6})"
#: A name has none of these three marks in it, see `check_name`.
_ITEM: Final = re.compile(
    rf"(?P<name>[^:,/]+?)\s*(?::\s*(?P<weight>{_NUMBER})\s*(?:/\s*(?P<text>{_NUMBER}))?)?"
)
_SHOWN_CHARS: Final = 50


def parse_stack(text: str) -> tuple[Stacked, ...]:
    """Read styles with their weights, 1 where none is written; `none` alone is no style at all.

    A second number after a stroke is the weight in the text encoders, where the first one then is
    the U-Net's alone. UserError draw.stack_item (item) for what is neither.
    """
    items = [item.strip() for item in text.split(",")]
    if [item.casefold() for item in items] == [NOTHING]:
        return ()
    return tuple(_item(item) for item in items if item)


def _item(item: str) -> Stacked:
    found = _ITEM.fullmatch(item)
    if found is None:
        raise UserError("draw.stack_item", item=item[:_SHOWN_CHARS])
    text = found["text"]
    return Stacked(
        name=found["name"],
        weight=float(found["weight"] or 1),
        text_weight=None if text is None else float(text),
    )


def weight_text(use: AdapterUse | Stacked) -> str:
    """Write a weight as `parse_stack` reads it."""
    of_text = "" if use.text_weight is None else f"/{use.text_weight:g}"
    return f"{use.weight:g}{of_text}"


def stack_text(stack: tuple[Stacked, ...]) -> str:
    """Write what `parse_stack` reads."""
    return ", ".join(f"{one.name}:{weight_text(one)}" for one in stack) or NOTHING
