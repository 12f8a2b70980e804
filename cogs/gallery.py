"""`/gallery`: what a server liked best."""

from __future__ import annotations

import contextlib

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import OwnhandBot
from bot.translator import named
from bot.tree import texts_of
from cogs.ui.gallery_card import gallery_card
from cogs.ui.opening import opened
from cogs.ui.place import all_here_see, seen_ids
from cogs.ui.taking import put


class GalleryCog(commands.Cog):
    """Shows pictures by votes, and none whose message was deleted."""

    def __init__(self, bot: OwnhandBot) -> None:
        self.bot = bot

    @app_commands.command(
        name=named("command.gallery.name"), description=named("command.gallery.about")
    )
    @app_commands.guild_only()
    async def gallery(self, interaction: discord.Interaction[OwnhandBot]) -> None:
        """Show it to everyone, as it is theirs; to the asker alone what not all here may see."""
        seen, texts = seen_ids(interaction), texts_of(interaction)
        # Discord asks at once who will see the answer; where that is not clear yet, the asker does.
        unsure = not all(all_here_see(interaction, channel_id) for channel_id in seen)
        async with opened(interaction, texts.say("gallery.opening"), alone=unsure):
            found = await self.bot.app.gallery.show(interaction.guild_id, seen)
            alone = not all(all_here_see(interaction, one.place.root_id) for one in found.entries)
            card = await gallery_card(self.bot.app, texts, found, alone=alone)
            if alone is unsure:
                await put(interaction, card)
                return
            await interaction.followup.send(view=card.view, files=card.files())
            with contextlib.suppress(discord.HTTPException):  # only the asker sees it
                await interaction.delete_original_response()

    @commands.Cog.listener()
    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        """Take down what the message showed."""
        await self.bot.app.gallery.take_down([payload.message_id])

    @commands.Cog.listener()
    async def on_raw_bulk_message_delete(self, payload: discord.RawBulkMessageDeleteEvent) -> None:
        """Take down what all of them showed."""
        await self.bot.app.gallery.take_down(payload.message_ids)

    @commands.Cog.listener()
    async def on_raw_thread_delete(self, payload: discord.RawThreadDeleteEvent) -> None:
        """Take down what the thread showed: of its messages Discord tells nothing."""
        await self.bot.app.gallery.take_down_thread(payload.guild_id, payload.thread_id)


async def setup(bot: OwnhandBot) -> None:
    """Load the extension."""
    await bot.add_cog(GalleryCog(bot))
