"""What is wrong with an order by itself."""

from __future__ import annotations

from typing import Final

from bot.errors import UserError
from bot.services.inline import check_marks
from bot.services.orders import DrawOrder
from engine.base.families import Family

MAX_COUNT: Final = 4
MAX_PROMPT_CHARS: Final = 1500
MAX_WEIGHT: Final = 2
MAX_STEPS: Final = 60
MAX_GUIDANCE: Final = 20
#: Styles that one picture is drawn with, the first one too.
MAX_STYLES: Final = 5
#: ComfyUI and Discord both carry it without loss.
MAX_SEED: Final = 2**32 - MAX_COUNT


def check_order(order: DrawOrder) -> None:
    """Raise the UserError of `DrawService.plan` for what needs no look at the store."""
    if not order.prompt:
        raise UserError("draw.prompt_empty")
    if len(order.prompt) > MAX_PROMPT_CHARS or len(order.negative or "") > MAX_PROMPT_CHARS:
        length = max(len(order.prompt), len(order.negative or ""))
        raise UserError("draw.prompt_long", length=length, most=MAX_PROMPT_CHARS)
    check_marks(order.prompt)
    check_marks(order.negative or "")
    if order.count is not None and not 1 <= order.count <= MAX_COUNT:
        raise UserError("draw.count_range", value=order.count, most=MAX_COUNT)
    if order.seed is not None and not 0 <= order.seed <= MAX_SEED:
        raise UserError("draw.seed_range", value=str(order.seed), most=str(MAX_SEED))
    _check_weights(order)
    if order.steps is not None and not 1 <= order.steps <= MAX_STEPS:
        raise UserError("draw.steps_range", value=order.steps, most=MAX_STEPS)
    if order.guidance is not None and not 1 <= order.guidance <= MAX_GUIDANCE:
        raise UserError("draw.cfg_range", value=f"{order.guidance:g}", most=MAX_GUIDANCE)


def check_for(order: DrawOrder, family: Family) -> None:
    """Raise UserError draw.shape_none, draw.score_none, draw.score_range: what a base cannot."""
    if order.shape is not None and order.shape not in family.sizes:
        raise UserError("draw.shape_none", shape=order.shape[:20], shapes=", ".join(family.sizes))
    _check_score(order.score, family)


def check_styles(count: int) -> None:
    """Raise UserError draw.stack_most for more styles than one picture takes."""
    if count > MAX_STYLES:
        raise UserError("draw.stack_most", count=count, most=MAX_STYLES)


def _check_weights(order: DrawOrder) -> None:
    stack = order.stack or ()
    check_styles(len(stack))
    said = [order.weight, *(one.weight for one in stack), *(one.text_weight for one in stack)]
    for weight in said:
        if weight is not None and not -MAX_WEIGHT <= weight <= MAX_WEIGHT:
            raise UserError("draw.weight_range", value=weight, low=-MAX_WEIGHT, high=MAX_WEIGHT)


def _check_score(score: int | None, family: Family) -> None:
    if score is None:
        return
    if not family.takes_score:
        raise UserError("draw.score_none", base=family.title)
    if score not in family.scores:
        least, most = min(family.scores), max(family.scores)
        raise UserError("draw.score_range", score=score, least=least, most=most)
