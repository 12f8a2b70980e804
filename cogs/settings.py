"""`/settings`: what fills a draw where nobody says it."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import OwnhandBot
from bot.translator import named
from cogs.ui.settings_buttons import SETTINGS_ITEMS, show_settings
from data.models import OwnerId
from data.settings import Holder


class SettingsCog(commands.Cog):
    """Shows the panel."""

    def __init__(self, bot: OwnhandBot) -> None:
        self.bot = bot

    async def cog_load(self) -> None:
        """Answer presses and choices on all panels."""
        self.bot.add_dynamic_items(*SETTINGS_ITEMS)

    @app_commands.command(
        name=named("command.settings.name"), description=named("command.settings.about")
    )
    @app_commands.guild_only()
    async def settings(self, interaction: discord.Interaction[OwnhandBot]) -> None:
        """Show one's own first."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        await show_settings(interaction, Holder(person_id=OwnerId(interaction.user.id)))


async def setup(bot: OwnhandBot) -> None:
    """Load the extension."""
    await bot.add_cog(SettingsCog(bot))
