"""Discord as the place where jobs are shown: one message per job, edited with the bot's token."""

from __future__ import annotations

import dataclasses
import json
import logging
from http import HTTPStatus
from typing import Any, Final

import discord
from discord.ext import commands

from bot.app import App
from bot.client import OwnhandBot
from bot.services.files.room import USUAL_BYTES
from bot.services.jobs import JobView
from bot.services.surface import ShowRefusedError
from bot.services.theatre import to_vote_on
from bot.services.votes import HEART, VOTE_EMOJI
from cogs.ui.attached import Attached
from cogs.ui.card import Card
from cogs.ui.job_card import job_card
from data.models import JobKind, Place

log = logging.getLogger(__name__)

#: How far back a message of ours is looked for, when we may have died right after posting it.
_SEARCHED: Final = 50
_UNKNOWN_CHANNEL: Final = 10003
_THREAD_ARCHIVED: Final = 50083
#: What a server that refused a size is taken to take at least, and for how long.
_LEAST_BYTES: Final = 1024 * 1024
_LOWERED_MS: Final = 60 * 60 * 1000


class DiscordSurface:
    """Implements `bot.services.surface.Surface`."""

    def __init__(self, client: OwnhandBot, app: App) -> None:
        self._client = client
        self._app = app
        self._attached = Attached()
        #: by server, what it takes of a file where that proved less than it says, and until when
        self._lowered: dict[int | None, tuple[int, int]] = {}

    async def show(self, view: JobView) -> Place | None:
        """Edit the job's message; post it when there is none (any more)."""
        place = view.job.place
        if place.channel_id is None:
            return None
        try:
            if place.message_id is not None and await self._edit(view, place.message_id):
                return None
            return await self._post(view)
        except discord.Forbidden as error:
            if place.message_id is not None and await self._edit_by_lent_token(view):
                return None
            raise ShowRefusedError(f"channel {place.channel_id}: {error}") from error
        except discord.NotFound as error:
            raise ShowRefusedError(f"channel {place.channel_id} is gone") from error
        except discord.HTTPException as error:
            # A training's card is the same whatever its files may have.
            is_draw = view.job.kind is JobKind.DRAW
            if is_draw and error.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
                self._lower(place.guild_id)
            raise

    async def seed_reactions(self, view: JobView) -> None:
        """Put the numbers that people vote with under pictures or checkpoints."""
        place = view.job.place
        if place.message_id is None:
            return
        message = self._channel(place).get_partial_message(place.message_id)
        try:
            for emoji in _offered(view):
                await message.add_reaction(emoji)
        except (discord.Forbidden, discord.NotFound) as error:
            log.info("no reactions under job %s: %s", view.job.id, error)

    async def delete(self, channel_id: int, message_id: int) -> None:
        """Delete a message of ours."""
        channel = self._client.get_partial_messageable(channel_id)
        try:
            await _delete(channel.get_partial_message(message_id), self._client)
        except discord.NotFound:
            log.info("message %d was gone already", message_id)
        except discord.Forbidden as error:
            raise ShowRefusedError(f"channel {channel_id}: {error}") from error

    def _channel(self, place: Place) -> discord.PartialMessageable:
        return self._client.get_partial_messageable(place.channel_id or 0, guild_id=place.guild_id)

    async def _edit(self, view: JobView, message_id: int) -> bool:
        """Return False when the message was deleted."""
        card = await self._card(view)
        message = self._channel(view.job.place).get_partial_message(message_id)
        # Out of memory while it is tried: if Discord has lost them, the next try uploads again.
        kept = self._attached.pop(message_id)
        try:
            edited = await message.edit(view=card.view, attachments=kept.files_for(card))
        except discord.NotFound as error:
            if error.code == _UNKNOWN_CHANNEL:
                raise
            return False
        self._attached.put(message_id, card, edited.attachments)
        return True

    async def _edit_by_lent_token(self, view: JobView) -> bool:
        """Use the interaction's own token where the bot cannot see the channel."""
        lent = self._client.borrowed(view.job.place.message_id or 0)
        if lent is None:
            return False
        card = await job_card(self._app, view, lasting=False, file_bytes=lent.filesize_limit)
        await lent.edit_original_response(view=card.view, attachments=card.files())
        return True

    async def _post(self, view: JobView) -> Place:
        """Post one message, unless an earlier try got through without our knowing.

        Raises data.errors.NotFound when the job was erased: its message was deleted for good.
        """
        place = view.job.place
        channel = self._channel(place)
        card = await self._card(await self._app.jobs.view(view.job.id))
        message_id = await self._search(channel, view.job.id)
        if message_id is None:
            sent = await channel.send(view=card.view, files=card.files(), nonce=view.job.id)
            message_id = sent.id
        else:
            message = channel.get_partial_message(message_id)
            await message.edit(view=card.view, attachments=card.files())
        return dataclasses.replace(place, message_id=message_id)

    async def _search(self, channel: discord.PartialMessageable, job_id: str) -> int | None:
        """Find our message about this job; Discord forgets a nonce after minutes."""
        me = self._client.user
        try:
            async for message in channel.history(limit=_SEARCHED):
                if me is not None and message.author.id == me.id and _names(message, job_id):
                    return message.id
        except discord.Forbidden:
            log.info("may not read back in channel %d", channel.id)
        return None

    async def _card(self, view: JobView) -> Card:
        file_bytes = self._file_bytes(view.job.place.guild_id)
        return await job_card(self._app, view, file_bytes=file_bytes)

    def _file_bytes(self, guild_id: int | None) -> int:
        """Tell the server's own limit, which holds when the bot's token posts.

        The interaction's may be gone by then, and a server's changes with its boosts.
        """
        guild = self._client.get_guild(guild_id or 0)
        named = USUAL_BYTES if guild is None else guild.filesize_limit
        lowered, until_ms = self._lowered.get(guild_id, (named, 0))
        return min(named, lowered) if self._app.clock.now_ms() < until_ms else named

    def _lower(self, guild_id: int | None) -> None:
        """Halve a server's limit for a while."""
        lowered = max(_LEAST_BYTES, self._file_bytes(guild_id) // 2)
        self._lowered[guild_id] = lowered, self._app.clock.now_ms() + _LOWERED_MS


def _offered(view: JobView) -> tuple[str, ...]:
    """Tell what people vote with: a heart for one picture, else numbers."""
    if len(view.pictures) == 1:
        return (HEART,)
    return VOTE_EMOJI[: len(view.pictures or to_vote_on(view))]


def _names(message: discord.Message, job_id: str) -> bool:
    """Tell whether a button or a line of the message carries the job's id."""
    parts: list[Any] = [component.to_dict() for component in message.components]
    return job_id in json.dumps(parts)


async def _delete(message: discord.PartialMessage, client: OwnhandBot) -> None:
    try:
        await message.delete()
    except discord.HTTPException as error:
        if error.code != _THREAD_ARCHIVED:
            raise
        await _delete_from_archive(message, client)


async def _delete_from_archive(message: discord.PartialMessage, client: OwnhandBot) -> None:
    """Open the thread for it: Discord changes nothing in an archived one."""
    thread = await client.fetch_channel(message.channel.id)
    if isinstance(thread, discord.Thread):
        await thread.edit(archived=False)
        await message.delete()
        await thread.edit(archived=True)


class SurfaceCog(commands.Cog):
    """Attaches the surface while the bot is loaded."""

    def __init__(self, bot: OwnhandBot) -> None:
        self.bot = bot

    async def cog_load(self) -> None:
        """Begin to show jobs, first those that changed while nobody was there."""
        surface = DiscordSurface(self.bot, self.bot.app)
        self.bot.surface = surface
        # A client that died without unloading has left its surface behind.
        await self.bot.app.detach()
        self.bot.app.attach(surface)

    async def cog_unload(self) -> None:
        """Stop showing jobs."""
        await self.bot.app.detach()


async def setup(bot: OwnhandBot) -> None:
    """Load the extension."""
    await bot.add_cog(SurfaceCog(bot))
