"""Where a training is shown to its artist alone: a private thread, else a direct message."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import discord

from bot.errors import UserError
from bot.tree import texts_of
from cogs.ui.buttons import BotInteraction
from cogs.ui.card import card
from data.models import Place

log = logging.getLogger(__name__)

_THREAD_NAME_CHARS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietPlace:
    """A message that only the artist sees, and the thread it is in, if that was made for it."""

    place: Place
    message: discord.Message
    thread: discord.Thread | None = None

    async def close(self) -> None:
        """Take it away again, because nothing began."""
        try:
            if self.thread is not None:
                await self.thread.delete()
            else:
                await self.message.delete()
        except discord.HTTPException as error:
            log.info("an empty quiet place stays: %s", error)


async def open_quiet_place(interaction: BotInteraction, style_name: str) -> QuietPlace:
    """Make sure that the artist can be shown something; UserError train.no_quiet_place."""
    try:
        thread = await _private_thread(interaction, style_name)
        channel = thread or await interaction.user.create_dm()
        begun = card(texts_of(interaction).say("train.starting"))
        message = await channel.send(view=begun.view)
    except discord.Forbidden:
        raise UserError("train.no_quiet_place") from None
    place = Place(
        guild_id=interaction.guild_id if thread else None,
        channel_id=channel.id,
        message_id=message.id,
        parent_id=thread.parent_id if thread else None,
    )
    return QuietPlace(place=place, message=message, thread=thread)


async def _private_thread(interaction: BotInteraction, style_name: str) -> discord.Thread | None:
    """Open a thread with the artist in it; None where that is not possible."""
    channel = interaction.channel
    if not isinstance(channel, discord.TextChannel):
        return None
    allowed = interaction.app_permissions
    if not (allowed.create_private_threads and allowed.send_messages_in_threads):
        return None
    name = texts_of(interaction).say("train.thread_name", style=style_name)
    try:
        thread = await channel.create_thread(
            name=name[:_THREAD_NAME_CHARS],
            type=discord.ChannelType.private_thread,
            invitable=False,
        )
        await thread.add_user(interaction.user)
    except discord.HTTPException as error:
        log.info("no private thread in channel %d: %s", channel.id, error)
        return None
    return thread
