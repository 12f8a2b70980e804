"""Discord: the token, the servers, and the permissions in every channel."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import discord
from aiohttp import ClientError

from bot.client import PERMISSIONS, point_at
from bot.config import Settings
from bot.doctor.finding import Finding, bad, good, hint
from bot.i18n import Texts
from bot.permissions import permission_names

TIMEOUT_S = 30.0
_TEXT_CHANNELS = (discord.TextChannel, discord.ForumChannel, discord.VoiceChannel)


async def check_discord(settings: Settings, texts: Texts) -> AsyncGenerator[Finding]:
    """Ask Discord who the bot is and what it may; over REST alone, no gateway."""
    if not settings.discord_token:
        yield hint("doctor.no_token")
        return
    point_at(settings)
    client = discord.Client(intents=discord.Intents(guilds=True))
    try:
        async with asyncio.timeout(TIMEOUT_S):
            await client.login(settings.discord_token)
            yield good("doctor.token", name=str(client.user))
            async for guild in client.fetch_guilds(limit=200):
                for finding in await _guild(client, guild.id, texts):
                    yield finding
    except discord.LoginFailure:
        yield bad("run.token_refused")
    except (ClientError, OSError, TimeoutError, discord.HTTPException) as error:
        yield hint("doctor.no_connection", reason=type(error).__name__)
    finally:
        await client.close()


async def _guild(client: discord.Client, guild_id: int, texts: Texts) -> list[Finding]:
    guild = await client.fetch_guild(guild_id, with_counts=False)
    if client.user is None:
        return []
    me = await guild.fetch_member(client.user.id)
    findings: list[Finding] = []
    for channel in await guild.fetch_channels():
        if isinstance(channel, _TEXT_CHANNELS):
            missing = missing_permissions(channel.permissions_for(me), texts)
            if missing:
                findings.append(
                    hint("doctor.channel", server=guild.name, channel=channel.name, missing=missing)
                )
    return findings or [good("doctor.server", server=guild.name)]


def missing_permissions(have: discord.Permissions, texts: Texts) -> str:
    """Name what the bot needs and lacks."""
    flags = [flag for flag, needed in PERMISSIONS if needed and not getattr(have, flag)]
    return permission_names(texts, flags)
