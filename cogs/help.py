"""`/help`: what there is, members' commands first."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import OwnhandBot
from bot.translator import named
from bot.tree import answer, texts_of


class HelpCog(commands.Cog):
    """Explains."""

    @app_commands.command(name=named("command.help.name"), description=named("command.help.about"))
    async def help(self, interaction: discord.Interaction[OwnhandBot]) -> None:
        """Say it on one screen."""
        await answer(interaction, texts_of(interaction).say("help.text"))


async def setup(bot: OwnhandBot) -> None:
    """Load the extension."""
    await bot.add_cog(HelpCog())
