"""Where an interaction happens, and which channels are seen from there.

Who may see a channel changes at any time, so that is asked anew with every answer.
"""

from __future__ import annotations

import discord

from bot.services.drawing.actor import Actor
from cogs.ui.buttons import BotInteraction
from data.models import OwnerId, Place


def place_of(interaction: BotInteraction, message_id: int | None = None) -> Place:
    """Tell where this is, for a job that will be shown here."""
    channel = interaction.channel
    return Place(
        guild_id=interaction.guild_id,
        channel_id=interaction.channel_id,
        message_id=message_id,
        parent_id=channel.parent_id if isinstance(channel, discord.Thread) else None,
    )


def actor_of(interaction: BotInteraction) -> Actor:
    """Tell who acts here, and whether Discord lets them manage this server."""
    is_manager = interaction.guild_id is not None and interaction.permissions.manage_guild
    return Actor(
        id=OwnerId(interaction.user.id), guild_id=interaction.guild_id, is_manager=is_manager
    )


def server_name(interaction: BotInteraction, guild_id: int | None) -> str:
    """Tell what a server is called, for somebody who may know it; its number when we left it."""
    guild = interaction.client.get_guild(guild_id or 0)
    return str(guild_id) if guild is None else guild.name


def is_private(interaction: BotInteraction) -> bool:
    """Tell whether only some people see this place: a quiet training's thread, for example."""
    channel = interaction.channel
    return channel is not None and channel.type is discord.ChannelType.private_thread


def seen_ids(interaction: BotInteraction) -> frozenset[int]:
    """List the channels that the asker sees in this server; threads go with their channels."""
    guild, asker = interaction.guild, interaction.user
    if guild is None or not isinstance(asker, discord.Member):
        return frozenset()
    return frozenset(
        channel.id for channel in guild.channels if channel.permissions_for(asker).view_channel
    )


def all_here_see(interaction: BotInteraction, channel_id: int | None) -> bool:
    """Tell whether everyone who reads an answer here also sees that channel.

    Who has which role is a privileged intent, so it is told by the channels' rules alone: nobody
    is kept out, or just those who are kept out here.
    """
    if interaction.guild is None or channel_id is None:
        return False
    there = interaction.guild.get_channel(channel_id)
    here = interaction.guild.get_channel(place_of(interaction).root_id or 0)
    if there is None:
        return False
    rules = _viewing_rules(there)
    if here is not None and rules == _viewing_rules(here):
        return True
    everyone = there.permissions_for(interaction.guild.default_role)
    return everyone.view_channel and False not in rules.values()


def _viewing_rules(channel: discord.abc.GuildChannel) -> dict[int, bool]:
    """List which roles and people are let in or kept out by name."""
    return {
        who.id: rule.view_channel
        for who, rule in channel.overwrites.items()
        if rule.view_channel is not None
    }
