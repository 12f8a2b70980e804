"""Reactions become votes: as they happen, and read again after every time that we were away."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

import discord
from aiohttp import ClientError
from discord.ext import commands

from bot.client import OwnhandBot
from bot.services.votes import ordinal_of
from data.models import OwnerId, PictureMessage

log = logging.getLogger(__name__)


class VotesCog(commands.Cog):
    """Hears raw reactions: messages of any age count, cached or not."""

    def __init__(self, bot: OwnhandBot) -> None:
        self.bot = bot
        self._rereading: asyncio.Task[None] | None = None

    async def cog_unload(self) -> None:
        """Stop reading again; the next start begins anew."""
        if self._rereading is not None:
            self._rereading.cancel()
            await asyncio.gather(self._rereading, return_exceptions=True)

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """Catch up: Discord does not tell again what happened while nobody listened."""
        if self._rereading is None or self._rereading.done():
            self._rereading = asyncio.create_task(self._reread_all(), name="re-read reactions")

    @commands.Cog.listener()
    async def on_raw_reaction_add(self, payload: discord.RawReactionActionEvent) -> None:
        """Cast a vote."""
        is_bot = payload.member.bot if payload.member is not None else False
        await self._take(payload, added=True, is_bot=is_bot or self._is_me(payload.user_id))

    @commands.Cog.listener()
    async def on_raw_reaction_remove(self, payload: discord.RawReactionActionEvent) -> None:
        """Withdraw a vote."""
        await self._take(payload, added=False, is_bot=self._is_me(payload.user_id))

    @commands.Cog.listener()
    async def on_raw_reaction_clear(self, payload: discord.RawReactionClearEvent) -> None:
        """Withdraw all votes of a message: a moderator cleared it."""
        await self.bot.app.votes.reread(payload.message_id, {})

    @commands.Cog.listener()
    async def on_raw_reaction_clear_emoji(
        self, payload: discord.RawReactionClearEmojiEvent
    ) -> None:
        """Read the message again: one picture lost its votes, the others kept theirs."""
        await self._reread(payload.channel_id, payload.message_id)

    async def _take(
        self, payload: discord.RawReactionActionEvent, *, added: bool, is_bot: bool
    ) -> None:
        await self.bot.app.votes.reaction(
            payload.message_id,
            voter_id=OwnerId(payload.user_id),
            emoji=str(payload.emoji),
            added=added,
            is_bot=is_bot,
        )

    def _is_me(self, user_id: int) -> bool:
        return self.bot.user is not None and user_id == self.bot.user.id

    async def _reread_all(self) -> None:
        """Read the last days' messages one by one, newest first; one that fails is passed over."""
        changes = 0
        for known in await self.bot.app.votes.messages_to_reread():
            changes += await self._reread_known(known)
        if changes:
            log.info("caught up with %d votes", changes)

    async def _reread_known(self, known: PictureMessage) -> int:
        try:
            return await self._reread(known.channel_id, known.message_id)
        except discord.NotFound:
            await self.bot.app.gallery.take_down([known.message_id])
            return 0
        except (discord.HTTPException, OSError, ClientError, TimeoutError) as error:
            log.info("cannot read message %d again: %s", known.message_id, error)
            return 0

    async def _reread(self, channel_id: int, message_id: int) -> int:
        votes = self.bot.app.votes
        standing = await votes.standing(message_id)
        message = await self.bot.get_partial_messageable(channel_id).fetch_message(message_id)
        return await votes.reread(message_id, await _reactors(message), standing)


async def _reactors(message: discord.Message) -> Mapping[str, frozenset[OwnerId]]:
    """List who reacted with what, bots left out."""
    found: dict[str, frozenset[OwnerId]] = {}
    for reaction in message.reactions:
        emoji = str(reaction.emoji)
        if ordinal_of(emoji) is None or reaction.count <= int(reaction.me):
            continue
        people = {OwnerId(user.id) async for user in reaction.users() if not user.bot}
        if reaction.burst_count:  # a super reaction is a vote too, and is listed apart
            burst = reaction.users(type=discord.ReactionType.burst)
            people |= {OwnerId(user.id) async for user in burst if not user.bot}
        found[emoji] = frozenset(people)
    return found


async def setup(bot: OwnhandBot) -> None:
    """Load the extension."""
    await bot.add_cog(VotesCog(bot))
