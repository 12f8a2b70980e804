"""The recipes of an order, a picture each."""

from __future__ import annotations

import dataclasses
import secrets
from typing import Final

from bot.services.base import Base
from bot.services.drawing.checks import MAX_SEED
from bot.services.drawing.words import Words
from bot.services.numbering import split_number, with_number
from bot.services.orders import DrawOrder
from data.models import StyleCard
from engine.base.buckets import Size, nearest_bucket, rules_of
from engine.pictures.recipe import AdapterUse, Recipe

DEFAULT_COUNT: Final = 4


def make_recipes(
    order: DrawOrder,
    words: Words,
    card: StyleCard | None,
    base: Base,
    *,
    stack: tuple[StyleCard, ...] = (),
) -> tuple[Recipe, ...]:
    """Make them with seeds that count up, or of one seed where only the weights differ."""
    family = base.family
    width, height = _size(order, base)
    sampler, schedule = order.sampler or (family.sampler, family.schedule)
    over = _over(order, stack)
    seed = secrets.randbelow(MAX_SEED) if order.seed is None else order.seed
    first = Recipe(
        prompt=order.prompt,
        positive=family.compose(words.prompt, order.score),
        negative=family.negative if words.negative is None else words.negative,
        score=order.score,
        seed=seed,
        steps=family.steps if order.steps is None else order.steps,
        guidance=family.guidance if order.guidance is None else order.guidance,
        sampler=sampler,
        schedule=schedule,
        width=width,
        height=height,
        start_sha256=order.start.sha256 if order.start else "",
        denoise=order.start.denoise if order.start else 1.0,
        adapters=_first(order, card, order.weight) + over,
        base=base.name,
        base_sha256=base.sha256,
        family=family.name,
    )
    if order.weights:
        uses = (_first(order, card, weight) + over for weight in order.weights)
        return tuple(dataclasses.replace(first, adapters=use) for use in uses)
    count = DEFAULT_COUNT if order.count is None else order.count
    return tuple(dataclasses.replace(first, seed=seed + index) for index in range(count))


def _size(order: DrawOrder, base: Base) -> Size:
    family = base.family
    if order.shape is not None:
        return family.sizes[order.shape]
    if order.size is not None:
        return order.size
    if order.start is not None and order.start.size is not None:
        return nearest_bucket(*order.start.size, rules_of(family))
    return family.width, family.height


def _first(
    order: DrawOrder, card: StyleCard | None, weight: float | None
) -> tuple[AdapterUse, ...]:
    if card is None:
        return ()
    return _use(card, order.style or "", 1.0 if weight is None else weight)


def _over(order: DrawOrder, stack: tuple[StyleCard, ...]) -> tuple[AdapterUse, ...]:
    uses: tuple[AdapterUse, ...] = ()
    for asked, card in zip(order.stack or (), stack, strict=True):
        uses += _use(card, asked.name, asked.weight, asked.text_weight)
    return uses


def _use(
    card: StyleCard, asked: str, weight: float, text_weight: float | None = None
) -> tuple[AdapterUse, ...]:
    if card.checkpoint is None:
        return ()
    use = AdapterUse(
        name=with_number(card.style.name, split_number(asked)[1]),
        sha256=card.checkpoint.style_sha256,
        weight=weight,
        text_weight=text_weight,
    )
    return (use,)
