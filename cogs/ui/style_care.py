"""`/style rename` and `/style delete`, and the question before the end."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import OwnhandBot
from bot.translator import named
from bot.tree import answer, texts_of
from cogs.ui.buttons import BotInteraction, CardButton, button
from cogs.ui.card import card
from cogs.ui.suggesting import suggest_own_styles
from cogs.ui.taking import put
from cogs.ui.wording import plain
from data.models import OwnerId, StyleId


class StyleCare(commands.GroupCog):
    """The commands; `/style` is made of them and of its own."""

    @app_commands.command(
        name=named("command.style.rename"), description=named("command.style.rename_about")
    )
    @app_commands.rename(style=named("command.style.which"), name=named("command.style.new_name"))
    @app_commands.describe(
        style=named("command.style.which_about"), name=named("command.style.new_name_about")
    )
    async def rename(
        self,
        interaction: discord.Interaction[OwnhandBot],
        style: str,
        name: app_commands.Range[str, 1, 32],
    ) -> None:
        """Give a style another name."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        app, owner_id = interaction.client.app, OwnerId(interaction.user.id)
        own = await app.styles.own(style, owner_id, interaction.guild_id)
        was = await app.style_care.rename(own.id, owner_id, name)
        facts = {"old": plain(was.name), "new": plain(" ".join(name.split()))}
        await answer(interaction, texts_of(interaction).say("style.renamed", **facts))

    @app_commands.command(
        name=named("command.style.delete"), description=named("command.style.delete_about")
    )
    @app_commands.rename(style=named("command.style.which"))
    @app_commands.describe(style=named("command.style.which_about"))
    async def delete(self, interaction: discord.Interaction[OwnhandBot], style: str) -> None:
        """Ask once, and say what goes."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        texts, owner_id = texts_of(interaction), OwnerId(interaction.user.id)
        own = await interaction.client.app.styles.own(style, owner_id, interaction.guild_id)
        asked = card(
            texts.say("style.delete_ask", style=plain(own.name)),
            buttons=[button("unstyle", own.id, texts), button("keep", owner_id, texts)],
        )
        await put(interaction, asked)

    @rename.autocomplete("style")
    @delete.autocomplete("style")
    async def suggest_mine(
        self, interaction: discord.Interaction[OwnhandBot], typed: str
    ) -> list[app_commands.Choice[str]]:
        """Offer the person's own styles."""
        return await suggest_own_styles(interaction, typed)


class DeleteStyleButton(CardButton, verb="unstyle"):
    """Delete a style of the person who presses."""

    async def press(self, interaction: BotInteraction) -> None:
        """Take it away, and say so in place of the question."""
        await interaction.response.defer()
        owner_id = OwnerId(interaction.user.id)
        gone = await interaction.client.app.style_care.delete(StyleId(self.target), owner_id)
        said = texts_of(interaction).say("style.deleted", style=plain(gone.name))
        await put(interaction, card(said))
