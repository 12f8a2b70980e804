"""Buttons about one picture of a grid: its number stands before the job's id."""

from __future__ import annotations

from typing import Any, ClassVar

import discord

from bot.i18n import Texts
from cogs.ui.buttons import CardButton, button
from data.models import JobId


def numbered_button(
    verb: str, number: int, job_id: JobId, texts: Texts, label: str | None = None
) -> discord.ui.Button[Any]:
    """Make the button of picture `number`, counted from 1."""
    return button(verb, f"{number}{job_id}", texts, label=label or str(number))


class NumberedButton(CardButton, verb="numbered"):
    """What such buttons share."""

    verb: ClassVar[str]

    @property
    def number(self) -> int:
        """Which picture, counted from 1; 0 for a target that is none."""
        return int(self.target[0]) if self.target[0].isdecimal() else 0

    @property
    def job_id(self) -> JobId:
        """Whose picture."""
        return JobId(self.target[1:])
