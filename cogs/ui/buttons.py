"""The one kind of button we have: it lives as long as its message, through every restart."""

from __future__ import annotations

import re
from typing import Any, ClassVar, Self

import discord

from bot.client import OwnhandBot
from bot.i18n import Texts
from bot.tree import report

BotInteraction = discord.Interaction[OwnhandBot]

#: What a button is about: the id of a job, a dataset or a person.
TARGET = r"(?P<target>[0-9A-Za-z]{1,24})"


def custom_id(verb: str, target: str | int) -> str:
    """Name a button: what it does, and to what."""
    return f"oh:{verb}:{target}"


class CardButton(discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"oh:!"):
    """Base of all buttons: `oh:<verb>:<target>`, everything else is looked up when pressed.

    discord.py 2.7.1 only logs what a dynamic item raises; here it is reported like a command's
    error. Who may press is decided by the service that `press` calls.
    """

    verb: ClassVar[str]
    label_key: ClassVar[str]
    style: ClassVar[discord.ButtonStyle] = discord.ButtonStyle.secondary
    emoji: ClassVar[str | None] = None

    def __init_subclass__(cls, *, verb: str) -> None:
        super().__init_subclass__(template=f"^oh:{re.escape(verb)}:{TARGET}$")
        cls.verb = verb

    def __init__(
        self, target: str | int, texts: Texts | None = None, *, label: str | None = None
    ) -> None:
        self.target = str(target)
        wording = texts or Texts(None)
        super().__init__(
            discord.ui.Button(
                label=label or wording.say(self.label_key),
                style=self.style,
                emoji=self.emoji,
                custom_id=custom_id(self.verb, target),
            )
        )

    @classmethod
    async def from_custom_id(
        cls,
        interaction: discord.Interaction[Any],
        item: discord.ui.Item[Any],
        match: re.Match[str],
        /,
    ) -> Self:
        """Make the button again from its id, as discord.py asks for it when it is pressed."""
        return cls(match["target"])

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Do it, and report what goes wrong."""
        try:
            await self.press(interaction)
        except Exception as error:  # noqa: BLE001  the loop top of a press: reported with an id
            await report(interaction, error)

    async def press(self, interaction: BotInteraction) -> None:
        """Answer within three seconds, then call one service."""
        raise NotImplementedError


def row(*buttons: CardButton) -> discord.ui.ActionRow[Any]:
    """Put up to five buttons side by side."""
    buttons_row: discord.ui.ActionRow[Any] = discord.ui.ActionRow()
    for button in buttons:
        buttons_row.add_item(button)
    return buttons_row
