"""`/train`: drawings in. Everything after the first window is in the buttons of its cards."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import OwnhandBot
from bot.errors import UserError
from bot.translator import named
from bot.tree import texts_of
from cogs.ui.collection_buttons import COLLECTION_BUTTONS, anew_said
from cogs.ui.drawings_modal import DrawingsModal
from cogs.ui.kinds_buttons import KIND_BUTTONS
from cogs.ui.mend_buttons import MEND_BUTTONS, show_again
from cogs.ui.recipe_window import RecipeChoiceButton
from cogs.ui.style_buttons import GetFileButton, KeepPrivateButton, ShareButton
from cogs.ui.suggesting import suggest_bases, suggest_own_styles
from cogs.ui.taking import HandOver, take_drawings
from cogs.ui.train_buttons import BUTTONS
from cogs.ui.upload_button import UploadButton
from cogs.ui.wording import plain
from data.models import OwnerId


class TrainCog(commands.Cog):
    """Takes drawings and starts trainings."""

    def __init__(self, bot: OwnhandBot) -> None:
        self.bot = bot

    async def cog_load(self) -> None:
        """Answer presses on all training messages, old ones too."""
        self.bot.add_dynamic_items(*BUTTONS, *MEND_BUTTONS, *COLLECTION_BUTTONS, UploadButton)
        self.bot.add_dynamic_items(
            *KIND_BUTTONS, RecipeChoiceButton, ShareButton, KeepPrivateButton, GetFileButton
        )

    @app_commands.command(
        name=named("command.train.name"), description=named("command.train.about")
    )
    @app_commands.guild_only()
    @app_commands.rename(
        name=named("command.train.style"),
        old=named("command.train.from"),
        base=named("command.train.base"),
        drawing1=named("command.train.drawing1"),
        drawing2=named("command.train.drawing2"),
        drawing3=named("command.train.drawing3"),
    )
    @app_commands.describe(
        name=named("command.train.style_about"),
        old=named("command.train.from_about"),
        base=named("command.train.base_about"),
        drawing1=named("command.train.drawing_about"),
        drawing2=named("command.train.drawing_about"),
        drawing3=named("command.train.drawing_about"),
    )
    async def train(
        self,
        interaction: discord.Interaction[OwnhandBot],
        name: app_commands.Range[str, 1, 32] | None = None,
        old: str | None = None,
        base: str | None = None,
        drawing1: discord.Attachment | None = None,
        drawing2: discord.Attachment | None = None,
        drawing3: discord.Attachment | None = None,
    ) -> None:
        """Keep attached drawings at once; without any, open the window for many.

        With `old` begin from the drawings of a style, and add the attached ones to them; of an
        imported style these are yet to come.
        """
        attached = tuple(file for file in (drawing1, drawing2, drawing3) if file is not None)
        if base is not None:
            base = self.bot.app.bases.named(base).label
        if old is not None:
            await interaction.response.defer(ephemeral=True, thinking=True)
            await self._train_anew(interaction, old, name, base, attached)
        elif attached:
            await take_drawings(interaction, HandOver(attachments=attached, name=name, base=base))
        else:
            modal = DrawingsModal(texts_of(interaction), name=name, base=base)
            await interaction.response.send_modal(modal)

    @train.autocomplete("old")
    async def suggest_old(
        self, interaction: discord.Interaction[OwnhandBot], typed: str
    ) -> list[app_commands.Choice[str]]:
        """Offer the person's own styles."""
        return await suggest_own_styles(interaction, typed, numbered=False)

    @train.autocomplete("base")
    async def base_suggestions(
        self, interaction: discord.Interaction[OwnhandBot], typed: str
    ) -> list[app_commands.Choice[str]]:
        """Offer the host's bases."""
        return suggest_bases(interaction, typed)

    async def _train_anew(
        self,
        interaction: discord.Interaction[OwnhandBot],
        old: str,
        name: str | None,
        base: str | None,
        attached: tuple[discord.Attachment, ...],
    ) -> None:
        app, owner_id = self.bot.app, OwnerId(interaction.user.id)
        style = await app.styles.own(old, owner_id, interaction.guild_id)
        if name is not None and name.strip().casefold() != style.name.casefold():
            raise UserError("train.from_keeps_name", name=style.name)
        if style.source_file is None:
            opened = await app.collection.anew_from(style.id, owner_id)
            notice = anew_said(texts_of(interaction), opened)
        else:
            opened = await app.brought.open(style.id, owner_id)
            notice = texts_of(interaction).say("brought.notice", style=plain(style.name))
        if base is not None:
            await app.base_choice.choose(opened.draft.id, owner_id, base)
        if attached:
            more = HandOver(attachments=attached, dataset_id=opened.draft.id)
            await take_drawings(interaction, more, notice=notice)
        else:
            await show_again(interaction, opened.draft.id, notice)


async def setup(bot: OwnhandBot) -> None:
    """Load the extension."""
    await bot.add_cog(TrainCog(bot))
