"""The one kind of menu we have on cards; like a button it lives as long as its message."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, ClassVar, Self

import discord

from bot.tree import report
from cogs.ui.buttons import TARGET, BotInteraction, custom_id


class CardMenu(discord.ui.DynamicItem[discord.ui.Select[Any]], template=r"oh:!"):
    """What happens when something is chosen in a menu with this verb, however old it is.

    Errors are reported as `CardButton` does; who may choose is decided by the service.
    """

    verb: ClassVar[str]

    def __init_subclass__(cls, *, verb: str) -> None:
        super().__init_subclass__(template=f"^oh:{re.escape(verb)}:{TARGET}$")
        cls.verb = verb

    def __init__(self, target: str, select: discord.ui.Select[Any] | None = None) -> None:
        self.target = target
        select = select or discord.ui.Select(options=[discord.SelectOption(label="·")])
        select.custom_id = custom_id(self.verb, target)
        super().__init__(select)

    @classmethod
    async def from_custom_id(
        cls,
        interaction: discord.Interaction[Any],
        item: discord.ui.Item[Any],
        match: re.Match[str],
        /,
    ) -> Self:
        """Make the item again from its id, as discord.py asks for it when something is chosen."""
        return cls(match["target"])

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Take the choice, and report what goes wrong."""
        try:
            await interaction.response.defer()
            await self.take(interaction, self.item.values)
        except Exception as error:  # noqa: BLE001 - the loop top of a choice: reported with an id
            await report(interaction, error)

    async def take(self, interaction: BotInteraction, chosen: Sequence[str]) -> None:
        """Call one service, and show what is so now."""
        raise NotImplementedError
