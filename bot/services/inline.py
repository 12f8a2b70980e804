"""Options written into a prompt: `score:7`, `steps:30`, `with:"ink:0.6, chalk"`, `--no furry`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.errors import UserError
from bot.services.orders import NOTHING, Stacked
from bot.services.stacks import parse_stack
from engine.base.prompt_weights import check_prompt
from engine.errors import JobFailed

_OPTION = re.compile(
    r"(?<![\w:])(?P<name>score|seed|count|weight|style|with|steps|cfg|sampler)\s?:\s?"
    r'(?:"(?P<quoted>[^"]*)"|(?P<plain>[^\s,]+))',
    re.IGNORECASE,
)
_NEGATIVE = re.compile(r"(?:^|\s)--(?:no|neg|negative)\s+(?P<words>.*?)(?=\s--|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inline:
    """A prompt without its options, and the options; None = not written."""

    prompt: str
    score: int | None = None
    #: `score:none`
    no_score: bool = False
    seed: int | None = None
    count: int | None = None
    weight: float | None = None
    style: str | None = None
    stack: tuple[Stacked, ...] | None = None
    steps: int | None = None
    cfg: float | None = None
    sampler: str | None = None
    negative: str | None = None


def parse_inline(text: str) -> Inline:
    """Take the options out of a prompt; the last of several counts.

    UserError draw.option_number (name, value) where a number is none, draw.stack_item.
    """
    # The negative comes first: `score:` inside it would be somebody's mistake, not an option.
    negatives = [found["words"].strip(" ,") for found in _NEGATIVE.finditer(text)]
    rest = _NEGATIVE.sub(" ", text)
    written = {found["name"].lower(): _value(found) for found in _OPTION.finditer(rest)}
    no_score = is_nothing(written.get("score"))
    return Inline(
        prompt=_tidy(_OPTION.sub(" ", rest)),
        score=None if no_score else _whole("score", written),
        no_score=no_score,
        seed=_whole("seed", written),
        count=_whole("count", written),
        weight=_number("weight", written),
        style=written.get("style"),
        stack=parse_stack(written["with"]) if "with" in written else None,
        steps=_whole("steps", written),
        cfg=_number("cfg", written),
        sampler=written.get("sampler"),
        negative=", ".join(filter(None, negatives)) or None,
    )


def is_nothing(text: str | None) -> bool:
    """Tell whether this is the word for nothing."""
    return text is not None and text.strip().casefold() == NOTHING


def check_marks(text: str) -> None:
    """Raise UserError draw.prompt_* for marks in a prompt that nothing obeys."""
    try:
        check_prompt(text)
    except JobFailed as refused:
        raise UserError(refused.key, **refused.facts) from None


def _value(found: re.Match[str]) -> str:
    return found["plain"] if found["quoted"] is None else found["quoted"]


def _whole(name: str, written: dict[str, str]) -> int | None:
    value = written.get(name)
    if value is None:
        return None
    if not re.fullmatch(r"[+-]?[0-9]{1,18}", value):
        raise UserError("draw.option_number", option=name, value=value[:20])
    return int(value)


def _number(name: str, written: dict[str, str]) -> float | None:
    value = written.get(name)
    if value is None:
        return None
    if not re.fullmatch(r"[+-]?[0-9]{0,6}[.]?[0-9]{1,6}", value):
        raise UserError("draw.option_number", option=name, value=value[:20])
    return float(value)


def _tidy(text: str) -> str:
    """Close the gaps that options leave: `a cat, , blue` → `a cat, blue`."""
    closed = re.sub(r"\s*,(?:\s*,)+", ",", " ".join(text.split()))
    return re.sub(r"\s+,", ",", closed).strip(" ,")
