"""Opens the page and keeps it alive: the bot, the house members, and what the browser shows."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import os
import sys
import tempfile
import webbrowser
from collections.abc import Callable, Coroutine, Generator, Sequence
from pathlib import Path
from typing import Any, Protocol, cast

from bot.app import App
from bot.client import OwnhandBot
from bot.config import Settings
from bot.engine_setup import BUILTIN
from bot.i18n import Texts
from bot.platform.signals import on_stop
from bot.playground.host import Host
from bot.playground.house import TASTES, House
from bot.playground.page import LivePage, keep_fresh, open_page
from bot.playground.samples import SampleArtist, install_style, sample_artist
from bot.playground.world import BOT, World, open_world
from data.models import OwnerId
from engine.client import EngineClient


class WelcomeCog(Protocol):
    """What `cogs.welcome` offers; the application does not import cogs."""

    #: called when somebody asks for a restart of the bot
    on_restart: Callable[[], object]

    async def post(
        self,
        channel_id: int,
        *,
        style: str | None,
        words: int,
        folder: Path,
        drawings: Sequence[Path],
        members: Sequence[str],
        locale: str,
    ) -> None:
        """Post the card."""
        ...

    async def back(self, channel_id: int, *, locale: str) -> None:
        """Say that the bot was restarted."""
        ...


async def play(
    settings: Settings,
    texts: Texts,
    *,
    browser: bool,
    engine: Callable[[Settings], EngineClient] | None = None,
) -> int:
    """Run the playground until it is closed in the browser or by Ctrl-C."""
    stop = asyncio.Event()
    undo = on_stop(asyncio.get_running_loop(), stop.set)
    try:
        with apart(settings) as own:
            host = Host(settings=own, engine=engine)
            try:
                await _open(host, texts, stop, browser=browser)
            finally:
                await host.down()
    finally:
        undo()
    return 0


@contextlib.contextmanager
def apart(settings: Settings) -> Generator[Settings]:
    """Set apart from the host's bot: its STATE_DIR is never touched, its server and base not used.

    Everything is in a folder that is gone afterwards.
    """
    with tempfile.TemporaryDirectory(prefix="ownhand-", ignore_cleanup_errors=True) as folder:
        yield dataclasses.replace(
            settings,
            state_dir=Path(folder),
            base_model=BUILTIN,
            guild_id=None,
            files_port=0,
            export_dir=None,
        )


async def _open(host: Host, texts: Texts, stop: asyncio.Event, *, browser: bool) -> None:
    say(texts.say("playground.starting"))
    bot = await host.up()
    # The page opens with the eyes of the first.
    artist, names = sample_artist(), (texts.say("playground.you"), *TASTES)
    faces = artist.faces((BOT, *names))
    async with open_world(bot, names, texts, check_errors=False, faces=faces) as world:
        restart = asyncio.Event()
        await _welcome(host.app, await _welcome_cog(bot, restart), world, artist)
        async with open_page(world) as page:
            say(texts.say("playground.drawings", folder=str(artist.folder)))
            _greet(texts, page.url, browser=browser)
            await _live(world, page, stop, _running(host, world, restart))
    say(texts.say("playground.stopped"))


async def _live(
    world: World, page: LivePage, stop: asyncio.Event, running: Coroutine[Any, Any, None]
) -> None:
    """Keep everything going until the page or the person ends it, or the engine refuses."""
    house = House.of(world)
    ends: list[asyncio.Task[Any]] = [
        asyncio.create_task(stop.wait(), name="stop"),
        asyncio.create_task(page.wait_closed(), name="page closed"),
        asyncio.create_task(house.live(), name="house members"),
        asyncio.create_task(keep_fresh(world, page), name="refresh"),
        asyncio.create_task(running, name="running"),
    ]
    try:
        done, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in ends:
            task.cancel()
        await asyncio.gather(*ends, return_exceptions=True)


async def _running(host: Host, world: World, restart: asyncio.Event) -> None:
    """Say when pictures can be drawn, and restart the bot whenever somebody asks.

    Ends only by an error: the engine refuses to start.
    """
    while True:
        await _ready_or_asked(host.app, world.texts, restart)
        await restart.wait()
        # Whoever presses something meanwhile waits, as a message to a bot that is away does.
        async with world.lock:
            await host.down()
            bot = await host.up()
            await world.env.restart_bot(bot)
        restart.clear()
        cog = await _welcome_cog(bot, restart)
        async with world.turn():
            await cog.back(world.channel.id, locale=world.texts.language)


async def _ready_or_asked(app: App, texts: Texts, restart: asyncio.Event) -> None:
    ready = asyncio.create_task(app.wait_ready(), name="engine ready")
    asked = asyncio.create_task(restart.wait(), name="restart asked")
    try:
        await asyncio.wait({ready, asked}, return_when=asyncio.FIRST_COMPLETED)
        if ready.done():
            ready.result()
            say(texts.say("playground.ready"))
    finally:
        ready.cancel()
        asked.cancel()
        await asyncio.gather(ready, asked, return_exceptions=True)


async def _welcome_cog(bot: OwnhandBot, restart: asyncio.Event) -> WelcomeCog:
    await bot.load_extension("cogs.welcome")
    cog = cast("WelcomeCog", bot.get_cog("Welcome"))
    cog.on_restart = restart.set
    return cog


async def _welcome(app: App, cog: WelcomeCog, world: World, artist: SampleArtist) -> None:
    """Share the sample style and post the card."""
    style = await _sample_style(app, artist, world)
    async with world.turn():
        await cog.post(
            world.channel.id,
            style=style,
            words=len(app.base.words or ()),
            folder=artist.folder,
            drawings=artist.drawings,
            members=tuple(TASTES),
            locale=world.texts.language,
        )


async def _sample_style(app: App, artist: SampleArtist, world: World) -> str | None:
    if not artist.style_file.exists():
        say(world.texts.say("playground.no_style", file=artist.style_file.name))
        return None
    owner = OwnerId(next(world.members[name].id for name in TASTES))
    return await install_style(app, artist, owner_id=owner, guild_id=world.guild.id)


def _greet(texts: Texts, url: str, *, browser: bool) -> None:
    say(f"{texts.say('playground.open')}\n\n  {url}\n")
    say(texts.say("playground.how_to_end"))
    if browser and not os.environ.get("CI"):
        webbrowser.open(url)


def say(line: str) -> None:
    """Tell the person at the terminal."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
