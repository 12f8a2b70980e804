"""Choices in words: what a preset holds, what a holder is set to, what was filled by whom."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Final

from bot.i18n import Texts
from bot.services.drawing.choices import CHOICE_KEYS, Choices
from bot.services.tasks import Filled, Whose
from cogs.ui.wording import plain

_SHOWN_CHARS: Final = 60
_BY: Final = {
    Whose.STYLE: "choices.by_style",
    Whose.PERSON: "choices.by_person",
    Whose.SERVER: "choices.by_server",
}


def choices_said(texts: Texts, choices: Choices) -> str:
    """List what is chosen; nothing for nothing."""
    chosen = ((one.name, getattr(choices, one.name)) for one in dataclasses.fields(choices))
    return ", ".join(
        choice_said(texts, name, _value(value)) for name, value in chosen if value is not None
    )


def filled_said(texts: Texts, filled: Iterable[Filled]) -> list[str]:
    """Say of every holder what their settings filled."""
    found: dict[Whose, list[str]] = {}
    for one in filled:
        found.setdefault(one.whose, []).append(choice_said(texts, one.name, one.value))
    return [texts.say(_BY[whose], choices=", ".join(said)) for whose, said in found.items()]


def choice_said(texts: Texts, name: str, value: str) -> str:
    """Word one choice, by its name in `Choices`, for a message."""
    return choice_label(texts, name, plain(value, _SHOWN_CHARS))


def choice_label(texts: Texts, name: str, value: str) -> str:
    """Word one choice for where no markdown is read."""
    return texts.say(CHOICE_KEYS[name], value=value)


def _value(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
