"""`/train`: drawings in. Everything after the first window is in the buttons of its cards."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import OwnhandBot
from bot.translator import named
from bot.tree import answer, texts_of
from cogs.ui.caption_windows import caption_window
from cogs.ui.drawings_modal import DrawingsModal
from cogs.ui.mend_buttons import MEND_BUTTONS, PaperModal
from cogs.ui.style_buttons import GetFileButton, KeepPrivateButton, ShareButton
from cogs.ui.taking import HandOver, take_drawings
from cogs.ui.train_buttons import BUTTONS
from cogs.ui.upload_button import UploadButton


class TrainCog(commands.Cog):
    """Takes drawings and starts trainings."""

    def __init__(self, bot: OwnhandBot) -> None:
        self.bot = bot

    async def cog_load(self) -> None:
        """Answer presses on all training messages, old ones too."""
        self.bot.add_dynamic_items(
            *BUTTONS, *MEND_BUTTONS, ShareButton, KeepPrivateButton, GetFileButton, UploadButton
        )

    @app_commands.command(
        name=named("command.train.name"), description=named("command.train.about")
    )
    @app_commands.guild_only()
    @app_commands.rename(
        name=named("command.train.style"),
        drawing1=named("command.train.drawing1"),
        drawing2=named("command.train.drawing2"),
        drawing3=named("command.train.drawing3"),
    )
    @app_commands.describe(
        name=named("command.train.style_about"),
        drawing1=named("command.train.drawing_about"),
        drawing2=named("command.train.drawing_about"),
        drawing3=named("command.train.drawing_about"),
    )
    async def train(
        self,
        interaction: discord.Interaction[OwnhandBot],
        name: app_commands.Range[str, 1, 32] | None = None,
        drawing1: discord.Attachment | None = None,
        drawing2: discord.Attachment | None = None,
        drawing3: discord.Attachment | None = None,
    ) -> None:
        """Keep attached drawings at once; without any, open the window for many."""
        attached = tuple(file for file in (drawing1, drawing2, drawing3) if file is not None)
        if attached:
            await take_drawings(interaction, HandOver(attachments=attached, name=name))
        else:
            await interaction.response.send_modal(DrawingsModal(texts_of(interaction), name=name))

    @commands.Cog.listener()
    async def on_interaction(self, interaction: discord.Interaction[OwnhandBot]) -> None:
        """Take every window that is sent in, whichever process opened it."""
        if interaction.type is not discord.InteractionType.modal_submit:
            return
        window = (
            DrawingsModal.sent_in(interaction)
            or PaperModal.sent_in(interaction)
            or caption_window(interaction)
        )
        if window is None:
            await answer(interaction, texts_of(interaction).say("error.window_unknown"))
        else:
            await window.receive(interaction)


async def setup(bot: OwnhandBot) -> None:
    """Load the extension."""
    await bot.add_cog(TrainCog(bot))
