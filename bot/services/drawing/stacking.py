"""Styles over one picture: what is no stack, and an earlier draw's."""

from __future__ import annotations

from bot.errors import UserError
from bot.services.drawing.checks import check_styles
from bot.services.orders import Stacked
from bot.services.tasks import DrawTask
from data.models import StyleCard


def check_together(card: StyleCard | None, stack: tuple[StyleCard, ...]) -> None:
    """Raise UserError draw.stack_most, draw.stack_twice (name) for what is no stack."""
    cards = stack if card is None else (card, *stack)
    check_styles(len(cards))
    seen: set[str] = set()
    for one in cards:
        sha256 = one.checkpoint.style_sha256 if one.checkpoint else one.style.id
        if sha256 in seen:
            raise UserError("draw.stack_twice", name=one.style.name)
        seen.add(sha256)


def stack_of(task: DrawTask) -> tuple[Stacked, ...] | None:
    """Ask for the same styles again; where there were none, a changed prompt may name some."""
    uses = zip(task.stack, task.stacked, strict=True)
    return (
        tuple(
            Stacked(name=use.name, style_id=id_, weight=use.weight, text_weight=use.text_weight)
            for id_, use in uses
        )
        or None
    )
