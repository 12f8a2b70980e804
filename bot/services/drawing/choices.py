"""What a preset holds, or what a person, server or style is set to."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from typing import Any, Final, cast

from bot.errors import UserError
from bot.services.drawing.checks import check_order
from bot.services.drawing.plain import is_plain, tidied
from bot.services.drawing.samplers import sampler_named, sampler_title
from bot.services.inline import is_nothing
from bot.services.orders import DrawOrder
from bot.services.stacks import parse_stack, stack_text
from data.models import HOST
from engine.base.families import FAMILIES

#: Of words before a prompt, and of what is left out.
MAX_TEXT_CHARS: Final = 500
#: Sentences that word a choice, by its name here.
CHOICE_KEYS: Final = {
    "score": "choices.score",
    "shape": "choices.shape",
    "count": "choices.count",
    "negative": "choices.negative",
    "weight": "choices.weight",
    "steps": "choices.steps",
    "guidance": "choices.guidance",
    "sampler": "choices.sampler",
    "preset": "choices.preset",
    "words": "choices.words",
    "style": "choices.style",
    "stack": "choices.stack",
}
_SCORES: Final = sorted({score for family in FAMILIES for score in family.scores})
_SHAPES: Final = tuple(dict.fromkeys(name for family in FAMILIES for name in family.sizes))


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """Choices as in `DrawOrder`; None leaves one open."""

    score: int | None = None
    shape: str | None = None
    count: int | None = None
    negative: str | None = None
    weight: float | None = None
    steps: int | None = None
    guidance: float | None = None
    #: A1111's title
    sampler: str | None = None
    #: a preset by its name; in defaults alone
    preset: str | None = None
    #: what goes before the prompt; this and what follows in presets alone
    words: str | None = None
    style: str | None = None
    #: as `parse_stack` reads it
    stack: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether all is left open."""
        return self == Choices()


def checked(choices: Choices) -> Choices:
    """Tidy what was typed.

    UserError preset.words_long, preset.words_plain, draw.score_range, draw.shape_none,
    draw.sampler_none, draw.stack_item, and as `check_order` for the other numbers.
    """
    stack = None if choices.stack is None else parse_stack(choices.stack)
    sampler = None if choices.sampler is None else sampler_title(*sampler_named(choices.sampler))
    _check_score(choices.score)
    if choices.shape is not None and choices.shape not in _SHAPES:
        raise UserError("draw.shape_none", shape=choices.shape[:20], shapes=", ".join(_SHAPES))
    check_order(
        DrawOrder(
            owner_id=HOST,
            prompt="words",
            count=choices.count,
            weight=choices.weight,
            steps=choices.steps,
            guidance=choices.guidance,
            stack=stack,
        )
    )
    return dataclasses.replace(
        choices,
        negative=_text(choices.negative),
        words=_text(choices.words),
        style=(choices.style or "").strip() or None,
        stack=None if stack is None else stack_text(stack),
        sampler=sampler,
    )


def choices_to_json(choices: Choices) -> str:
    """Spell what is chosen."""
    spelled = dataclasses.asdict(choices)
    return json.dumps({name: value for name, value in spelled.items() if value is not None})


def choices_from_json(text: str) -> Choices:
    """Read them, as far as this version knows them."""
    found: Any = json.loads(text)
    if not isinstance(found, dict):
        return Choices()
    spelled = cast("dict[str, Any]", found)
    names = {one.name for one in dataclasses.fields(Choices)}
    return Choices(**{name: value for name, value in spelled.items() if name in names})


def _check_score(score: int | None) -> None:
    if score is not None and score not in _SCORES:
        raise UserError("draw.score_range", score=score, least=_SCORES[0], most=_SCORES[-1])


def _text(typed: str | None) -> str | None:
    tidy = tidied(typed or "")
    if not tidy or is_nothing(tidy):
        return None
    if len(tidy) > MAX_TEXT_CHARS:
        raise UserError("preset.words_long", length=len(tidy), most=MAX_TEXT_CHARS)
    if not is_plain(tidy):
        raise UserError("preset.words_plain")
    return tidy
