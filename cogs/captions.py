"""The caption editor's buttons; it is opened from the card of a draft."""

from __future__ import annotations

from discord.ext import commands

from bot.client import OwnhandBot
from cogs.ui.caption_buttons import BUTTONS


class CaptionsCog(commands.Cog):
    """Answers presses in the editor."""

    def __init__(self, bot: OwnhandBot) -> None:
        self.bot = bot

    async def cog_load(self) -> None:
        """Answer presses on all messages, old ones too."""
        self.bot.add_dynamic_items(*BUTTONS)


async def setup(bot: OwnhandBot) -> None:
    """Load the extension."""
    await bot.add_cog(CaptionsCog(bot))
