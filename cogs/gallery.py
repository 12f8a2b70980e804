"""`/gallery`: what a server liked best."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import OwnhandBot
from bot.translator import named
from bot.tree import texts_of
from cogs.ui.gallery_card import gallery_card


class GalleryCog(commands.Cog):
    """Shows pictures by votes."""

    def __init__(self, bot: OwnhandBot) -> None:
        self.bot = bot

    @app_commands.command(
        name=named("command.gallery.name"), description=named("command.gallery.about")
    )
    @app_commands.guild_only()
    async def gallery(self, interaction: discord.Interaction[OwnhandBot]) -> None:
        """Show it to everyone: it is theirs."""
        await interaction.response.defer(thinking=True)
        found = await self.bot.app.gallery.show(interaction.guild_id)
        card = await gallery_card(self.bot.app, texts_of(interaction), found)
        await interaction.followup.send(view=card.view, files=card.files())


async def setup(bot: OwnhandBot) -> None:
    """Load the extension."""
    await bot.add_cog(GalleryCog(bot))
