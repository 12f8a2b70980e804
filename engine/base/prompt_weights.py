r"""A prompt's own marks: weights as ComfyUI reads them, and A1111's BREAK.

`(tag)` counts 1.1 times, nested ones multiply; `(tag:1.2)` counts 1.2 whatever is around it; `\(`
and `\)` are parentheses of the text. `BREAK` begins a new window. Nothing else means anything.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from engine.errors import JobFailed

#: What parentheses without a number multiply by.
STRONGER: Final = 1.1
#: What is offered of weights, in both directions, of parts, and of parentheses inside parentheses.
MOST_WEIGHT: Final = 5.0
MOST_PARTS: Final = 8
MOST_DEPTH: Final = 40

_BREAK: Final = re.compile(r"\s*\bBREAK\b\s*")
_MARK: Final = re.compile(r"\\[()]|[()]")
_OTHERS: Final = re.compile(r"<(?:lora|lyco|hypernet):|\bembedding:", re.IGNORECASE)

#: Text with its weight.
Run = tuple[str, float]


@dataclass(frozen=True, slots=True)
class Group:
    """What stands in one pair of parentheses; without a number its weight is None."""

    inner: str
    weight: float | None = None


def parts(prompt: str) -> list[str]:
    """Split a prompt at BREAK; the parts are read one by one, parentheses do not reach over."""
    return _BREAK.split(prompt)


def runs(part: str, weight: float = 1.0) -> list[Run]:
    """Read a part as texts with their weights, in order; JobFailed as in `check_prompt`."""
    return _runs(part, weight, 0)


def check_prompt(prompt: str) -> None:
    """Raise JobFailed with a `draw.prompt_*` key for marks that nothing here obeys.

    Other programs would read their files for `<lora:…>` and `embedding:` in a picture's text.
    """
    if other := _OTHERS.search(prompt):
        raise JobFailed("draw.prompt_tag", tag=other[0])
    split = parts(prompt)
    if len(split) > MOST_PARTS:
        raise JobFailed("draw.prompt_breaks", count=len(split) - 1, most=MOST_PARTS - 1)
    for part in split:
        runs(part)


def literal(text: str) -> str:
    """Spell a text so that it is read without marks; the tokenizers know no capitals."""
    return _escaped(_BREAK.sub(lambda found: found[0].lower(), text))


def plain(prompt: str) -> str:
    """Return a prompt's words without its marks."""
    said = (text for part in parts(prompt) for text, _ in runs(part))
    return ", ".join(text for text in said if text.strip())


def respelled(prompt: str, spell: Callable[[str], str]) -> str:
    """Spell the words between a prompt's marks; the marks stay."""
    return " BREAK ".join(_respelled(part, spell) for part in parts(prompt)).strip()


def groups(part: str) -> list[str | Group]:
    """Split a part into plain text and whole groups, as ComfyUI pairs parentheses.

    One that closes what was never opened leaves all that follows as text.
    """
    split: list[str] = []
    level = begin = 0
    for mark in _MARK.finditer(part):
        if mark[0] == "(":
            if level == 0:
                split.append(part[begin : mark.start()])
                begin = mark.start()
            level += 1
        elif mark[0] == ")":
            level -= 1
            if level == 0:
                split.append(part[begin : mark.end()])
                begin = mark.end()
    return [_group(text) for text in [*split, part[begin:]] if text]


def _group(text: str) -> str | Group:
    closes = text.endswith(")") and not text.endswith(r"\)")
    if len(text) < 2 or not text.startswith("(") or not closes:
        return text
    inner, colon, told = text[1:-1].rpartition(":")
    try:
        weight = float(told) if inner and colon else None
    except ValueError:
        weight = None
    return Group(text[1:-1]) if weight is None else Group(inner, weight)


def _runs(part: str, weight: float, depth: int) -> list[Run]:
    if depth > MOST_DEPTH:
        raise JobFailed("draw.prompt_nested", most=MOST_DEPTH)
    if not math.isfinite(weight) or abs(weight) > MOST_WEIGHT:
        raise JobFailed("draw.prompt_weight", weight=f"{weight:g}", most=f"{MOST_WEIGHT:g}")
    read: list[Run] = []
    for piece in groups(part):
        if isinstance(piece, str):
            read.append((_unescaped(piece), weight))
        else:
            own = weight * STRONGER if piece.weight is None else piece.weight
            read += _runs(piece.inner, own, depth + 1)
    return read


def _respelled(part: str, spell: Callable[[str], str]) -> str:
    words: list[str] = []
    for piece in groups(part):
        if isinstance(piece, str):
            words.append(_escaped(spell(_unescaped(piece))))
        else:
            number = "" if piece.weight is None else f":{piece.weight:g}"
            words.append(f"({_respelled(piece.inner, spell)}{number})")
    return ", ".join(word for word in words if word)


def _escaped(text: str) -> str:
    return re.sub(r"[()]", r"\\\g<0>", text)


def _unescaped(text: str) -> str:
    return re.sub(r"\\([()])", r"\1", text)
