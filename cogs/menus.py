"""What a right click on a message with pictures offers, the same as its buttons."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import OwnhandBot
from bot.translator import named
from cogs.ui.buttons import BotInteraction
from cogs.ui.draw_buttons import tell_recipe
from cogs.ui.ordering import draw_again
from cogs.ui.reporting import ask_reason


class MenusCog(commands.Cog):
    """Finds the draw that a message shows."""

    def __init__(self, bot: OwnhandBot) -> None:
        self.bot = bot
        self._menus = [
            app_commands.ContextMenu(name=named("menu.again"), callback=self.again),
            app_commands.ContextMenu(name=named("menu.recipe"), callback=self.recipe),
            app_commands.ContextMenu(name=named("menu.report"), callback=self.report),
        ]

    async def cog_load(self) -> None:
        """Offer them."""
        for menu in self._menus:
            menu.guild_only = True
            self.bot.tree.add_command(menu)

    async def cog_unload(self) -> None:
        """Take them back."""
        for menu in self._menus:
            self.bot.tree.remove_command(menu.name, type=menu.type)

    async def again(self, interaction: BotInteraction, message: discord.Message) -> None:
        """Draw the same order with fresh seeds."""
        await draw_again(interaction, await self.bot.app.jobs.draw_on(message.id))

    async def recipe(self, interaction: BotInteraction, message: discord.Message) -> None:
        """Say how it was drawn."""
        await tell_recipe(interaction, await self.bot.app.jobs.draw_on(message.id))

    async def report(self, interaction: BotInteraction, message: discord.Message) -> None:
        """Tell the moderators."""
        await ask_reason(interaction, await self.bot.app.jobs.draw_on(message.id))


async def setup(bot: OwnhandBot) -> None:
    """Load the extension."""
    await bot.add_cog(MenusCog(bot))
