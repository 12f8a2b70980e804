"""The Discord client: what it may hear, which extensions it loads, how it starts and stops."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import discord
import yarl
from aiohttp import ClientError
from discord.ext import commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.command_sync import CommandSync
from bot.config import Settings
from bot.errors import UserError
from bot.i18n import Texts
from bot.platform.signals import on_stop
from bot.services.jobs import JobView
from bot.services.surface import ShowRefusedError, Surface
from bot.translator import CommandTranslator
from bot.tree import OwnhandTree
from data.models import Place
from engine.backoff import Backoff

if TYPE_CHECKING:
    from bot.app import App

log = logging.getLogger(__name__)

EXTENSIONS = (
    "cogs.surface",
    "cogs.windows",
    "cogs.train",
    "cogs.captions",
    "cogs.theatre",
    "cogs.draw",
    "cogs.presets",
    "cogs.settings",
    "cogs.series",
    "cogs.menus",
    "cogs.votes",
    "cogs.gallery",
    "cogs.styles",
    "cogs.queue",
    "cogs.privacy",
    "cogs.help",
)

#: Exactly what the bot needs in a server; the invite link asks for these.
PERMISSIONS = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    create_private_threads=True,
    attach_files=True,
    embed_links=True,
    add_reactions=True,
    read_message_history=True,
)

#: So many logins are tried, with doubling waits: half a minute, and what each takes to fail.
LOGIN_TRIES = 5
LOGIN_FIRST_S = 2.0
LOGIN_MOST_S = 30.0
#: The gateway ends a session with it after its token was reset.
_CLOSED_FOR_TOKEN = 4004
_PASSING = frozenset({429, *range(500, 600)})


def intents() -> discord.Intents:
    """Choose what the gateway sends: nothing that Discord calls privileged."""
    return discord.Intents(guilds=True, guild_messages=True, guild_reactions=True)


class _NoSurface:
    """Stands in until the extension is loaded."""

    async def show(self, view: JobView) -> Place | None:
        """Refuse: nothing can be shown yet."""
        raise ShowRefusedError(f"job {view.job.id}: Discord is not connected")

    async def seed_reactions(self, view: JobView) -> None:
        """Refuse: nothing can be shown yet."""
        raise ShowRefusedError(f"job {view.job.id}: Discord is not connected")

    async def delete(self, channel_id: int, message_id: int) -> None:
        """Refuse: nothing can be reached yet."""
        raise ShowRefusedError(f"message {message_id} in {channel_id}: Discord is not connected")


class OwnhandBot(commands.Bot):
    """Discord's side of an open `App`."""

    def __init__(
        self,
        app: App,
        *,
        tell_invite: Callable[[str], None] | None = None,
    ) -> None:
        super().__init__(
            command_prefix=commands.when_mentioned,
            help_command=None,
            intents=intents(),
            allowed_mentions=discord.AllowedMentions.none(),
            tree_cls=OwnhandTree,
        )
        self.app = app
        #: Shows jobs; set by its extension. Buttons use it to bring a message up to date at once.
        self.surface: Surface = _NoSurface()
        self._lent: dict[int, discord.Interaction[OwnhandBot]] = {}
        self._tell_invite = tell_invite

    async def setup_hook(self) -> None:
        """Tell the invite link, load the extensions, then tell Discord the commands."""
        # First: Discord may let the commands wait, and the bot may be in no server yet.
        if self._tell_invite is not None:
            self._tell_invite(self.invite_link())
        await self.tree.set_translator(CommandTranslator())
        for extension in EXTENSIONS:
            await self.load_extension(extension)
        await self.sync_commands()

    def lend(self, message_id: int, interaction: discord.Interaction[OwnhandBot]) -> None:
        """Keep the token of an answer in a channel that the bot cannot see.

        It is the only way to edit that message, for the 15 minutes that Discord lets it live.
        """
        self._lent = {key: kept for key, kept in self._lent.items() if not kept.is_expired()}
        if interaction.guild_id is not None and not interaction.app_permissions.view_channel:
            self._lent[message_id] = interaction

    def borrowed(self, message_id: int) -> discord.Interaction[OwnhandBot] | None:
        """Return the token that still edits this message, if one was lent."""
        interaction = self._lent.get(message_id)
        return None if interaction is None or interaction.is_expired() else interaction

    async def sync_commands(self) -> bool:
        """Tell Discord the commands if they changed; see `CommandSync.run`."""
        return await CommandSync(self.tree, self.app.store.meta, self.app.settings.guild_id).run()

    def invite_link(self) -> str:
        """Tell where a server's owner lets the bot in."""
        return discord.utils.oauth_url(
            self.application_id or 0,
            permissions=PERMISSIONS,
            scopes=("bot", "applications.commands"),
        )

    async def on_message(self, message: discord.Message, /) -> None:
        """Ignore what people write: there are no commands in messages, not even after a mention."""

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Bring the commands to the one server that they are for, now that the bot is in it."""
        if guild.id == self.app.settings.guild_id:
            await self.sync_commands()

    async def on_ready(self) -> None:
        """Say that the gateway is up; comes again after every lost connection."""
        log.info("connected as %s, in %d servers", self.user, len(self.guilds))


def point_at(settings: Settings) -> None:
    """Talk to another Discord than the public one, if the settings name one.

    discord.py has no setting for it; these two class attributes are all that it reads.
    """
    if settings.discord_api_base:
        Route.BASE = settings.discord_api_base
    if settings.discord_gateway:
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(settings.discord_gateway)


async def run_bot(app: App, texts: Texts) -> None:
    """Be on Discord until SIGTERM or Ctrl-C; running jobs go on at the next start.

    Prints the invite link. Raises UserError run.no_token, run.token_refused or run.no_connection.
    """
    if not app.settings.discord_token:
        raise UserError("run.no_token")
    point_at(app.settings)
    stop = asyncio.Event()
    undo = on_stop(asyncio.get_running_loop(), stop.set)
    try:
        await _until_stopped(asyncio.create_task(_stay(app, texts), name="discord"), stop)
    finally:
        undo()


async def _until_stopped(connection: asyncio.Task[None], stop: asyncio.Event) -> None:
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({connection, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()
        # Cancelled, not only closed: between two tries discord.py sleeps on for minutes.
        if connection.cancel():
            log.info("stopping")
        await asyncio.wait({connection})
    if not connection.cancelled():
        await connection


async def _stay(app: App, texts: Texts) -> None:
    """Log in, again where that may help, and stay; discord.py keeps up what was connected once."""
    waits = Backoff(LOGIN_FIRST_S, LOGIN_MOST_S)
    for tries_left in reversed(range(LOGIN_TRIES)):
        try:
            # A fresh client each time: one that failed has half of its extensions.
            async with OwnhandBot(app, tell_invite=partial(_print_invite, texts)) as bot:
                await bot.start(app.settings.discord_token)
                return
        except discord.LoginFailure as error:
            raise UserError("run.token_refused") from error
        except discord.ConnectionClosed as error:  # for good: discord.py sees to the others
            if error.code == _CLOSED_FOR_TOKEN:
                raise UserError("run.token_refused") from error
            reason = f"gateway close code {error.code}"
            raise UserError("run.no_connection", reason=reason) from error
        except (ClientError, OSError, discord.HTTPException) as error:
            if not tries_left or not _may_pass(error):
                raise UserError("run.no_connection", reason=_reason(error)) from error
            wait_s = waits.after(0.0)
            log.warning("Discord (%s) is tried again in %.0f s", _reason(error), wait_s)
        await asyncio.sleep(wait_s)


def _print_invite(texts: Texts, link: str) -> None:
    # To the host, not into the log, where a log level would hide it.
    sys.stdout.write(texts.say("run.invite", link=link) + "\n")
    sys.stdout.flush()


def _may_pass(error: Exception) -> bool:
    return not isinstance(error, discord.HTTPException) or error.status in _PASSING


def _reason(error: Exception) -> str:
    # The text of an answer that is none of Discord's own is a page of HTML.
    if isinstance(error, discord.HTTPException):
        return f"{error.status} {error.response.reason}"
    return str(error) or type(error).__name__
