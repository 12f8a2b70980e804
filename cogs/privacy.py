"""`/privacy`: what is kept about a person, and its end."""

from __future__ import annotations

import dataclasses

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import OwnhandBot
from bot.errors import UserError
from bot.i18n import Texts
from bot.translator import named
from bot.tree import answer, texts_of
from cogs.ui.buttons import BotInteraction, CardButton, button
from cogs.ui.card import card
from cogs.ui.taking import put
from data.holdings import Holdings
from data.models import OwnerId


class PrivacyCog(
    commands.GroupCog,
    group_name=named("command.privacy.name"),
    group_description=named("command.privacy.about"),
):
    """Tells and erases."""

    def __init__(self, bot: OwnhandBot) -> None:
        self.bot = bot

    async def cog_load(self) -> None:
        """Answer presses on all confirmations."""
        self.bot.add_dynamic_items(EraseButton, KeepButton)

    @app_commands.command(
        name=named("command.privacy.about_name"), description=named("command.privacy.about_about")
    )
    async def about(self, interaction: discord.Interaction[OwnhandBot]) -> None:
        """Say what is kept."""
        await answer(interaction, texts_of(interaction).say("privacy.about"))

    @app_commands.command(
        name=named("command.privacy.delete"), description=named("command.privacy.delete_about")
    )
    async def delete(self, interaction: discord.Interaction[OwnhandBot]) -> None:
        """Count what would go, and ask once."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        texts, owner_id = texts_of(interaction), OwnerId(interaction.user.id)
        holdings = await self.bot.app.privacy.holdings(owner_id)
        if not _anything(holdings):
            await answer(interaction, texts.say("privacy.nothing"))
            return
        asked = card(
            texts.say("privacy.ask", **_counted(texts, holdings)),
            buttons=[button("erase", owner_id, texts), button("keep", owner_id, texts)],
        )
        await put(interaction, asked)


class EraseButton(CardButton, verb="erase"):
    """Delete everything about the person who presses."""

    async def press(self, interaction: BotInteraction) -> None:
        """Erase rows and files; the messages that showed them follow by themselves."""
        if int(self.target) != interaction.user.id:
            raise UserError("error.not_allowed")
        await interaction.response.defer()
        texts, owner_id = texts_of(interaction), OwnerId(interaction.user.id)
        erased = await interaction.client.app.privacy.erase(owner_id)
        await put(interaction, card(texts.say("privacy.erased", **_counted(texts, erased))))


class KeepButton(CardButton, verb="keep"):
    """Change nothing."""

    async def press(self, interaction: BotInteraction) -> None:
        """Put a word in place of the question."""
        await interaction.response.defer()
        await put(interaction, card(texts_of(interaction).say("privacy.kept")))


def _anything(holdings: Holdings) -> bool:
    return any(dataclasses.astuple(holdings))


def _counted(texts: Texts, holdings: Holdings) -> dict[str, str]:
    return {
        "drawings": texts.say("count.drawings", count=holdings.drawings),
        "styles": texts.say("count.styles", count=holdings.styles),
        "characters": texts.say("count.characters", count=holdings.characters),
        "settings": texts.say("count.settings", count=holdings.settings),
        "pictures": texts.say("count.pictures", count=holdings.pictures),
        "jobs": texts.say("count.jobs", count=holdings.jobs),
        "votes": texts.say("count.votes", count=holdings.votes),
    }


async def setup(bot: OwnhandBot) -> None:
    """Load the extension."""
    await bot.add_cog(PrivacyCog(bot))
