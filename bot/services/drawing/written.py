"""The options that a prompt has in it, put into its order."""

from __future__ import annotations

import dataclasses

from bot.services.drawing.samplers import sampler_named
from bot.services.inline import is_nothing, parse_inline
from bot.services.orders import DrawOrder


def with_inline(order: DrawOrder) -> DrawOrder:
    """Let the prompt's own options fill what the command's options leave open."""
    inline = parse_inline(order.prompt)
    return dataclasses.replace(
        order,
        prompt=inline.prompt,
        score=inline.score if order.score is None else order.score,
        no_score=order.no_score or (inline.no_score and order.score is None),
        seed=inline.seed if order.seed is None else order.seed,
        count=inline.count if order.count is None else order.count,
        weight=inline.weight if order.weight is None else order.weight,
        style=order.style or inline.style,
        steps=inline.steps if order.steps is None else order.steps,
        guidance=inline.cfg if order.guidance is None else order.guidance,
        sampler=sampler_named(inline.sampler) if inline.sampler else order.sampler,
        stack=inline.stack if order.stack is None else order.stack,
        negative=_negative(order.negative, inline.negative),
    )


def _negative(*said: str | None) -> str | None:
    """Join what is to be left out; the word for nothing leaves "", where nothing else is said."""
    texts = ["" if is_nothing(text) else text for text in said if text is not None]
    return ", ".join(filter(None, texts)) if texts else None
