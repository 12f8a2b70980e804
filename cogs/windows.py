"""Takes every window that is sent in, whichever process opened it."""

from __future__ import annotations

from typing import Final

import discord
from discord.ext import commands

from bot.client import OwnhandBot
from bot.tree import answer, texts_of
from cogs.ui.caption_windows import AllWindow, EditWindow, ImportWindow
from cogs.ui.change_window import ChangeWindow
from cogs.ui.collection_buttons import DropModal
from cogs.ui.drawings_modal import DrawingsModal
from cogs.ui.kinds_buttons import KindModal
from cogs.ui.mend_buttons import PaperModal
from cogs.ui.recipe_window import RecipeWindow
from cogs.ui.reporting import ReportWindow
from cogs.ui.series_window import SeriesWindow
from cogs.ui.settings_window import SettingsWindow
from cogs.ui.window import Window, window_sent_in

_KINDS: Final[tuple[type[Window], ...]] = (
    *(DrawingsModal, PaperModal, DropModal, RecipeWindow, KindModal),
    *(EditWindow, AllWindow, ImportWindow),
    *(ChangeWindow, SeriesWindow, ReportWindow, SettingsWindow),
)
_BY_VERB: Final = {kind.verb: kind for kind in _KINDS}


class WindowsCog(commands.Cog):
    """Hears them all: discord.py would answer only those that it keeps in memory."""

    @commands.Cog.listener()
    async def on_interaction(self, interaction: discord.Interaction[OwnhandBot]) -> None:
        """Make the window again, and let it do what it is for."""
        if interaction.type is not discord.InteractionType.modal_submit:
            return
        window = window_sent_in(interaction, _BY_VERB)
        if window is None:
            await answer(interaction, texts_of(interaction).say("error.window_unknown"))
        else:
            await window.receive(interaction)


async def setup(bot: OwnhandBot) -> None:
    """Load the extension."""
    await bot.add_cog(WindowsCog())
