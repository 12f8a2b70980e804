"""The world that the playground and the story act in, and its page, with a small bot of its own."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import discord
import pytest
from discord.ext import commands

from bot.errors import UserError
from bot.i18n import Texts
from bot.playground.page import LivePage, keep_fresh, open_page
from bot.playground.world import World, open_world
from tests.bot.playground.browser import Browser

YOU, MIKA = "You", "Mika"


class Window(discord.ui.Modal, title="Files"):
    """Two upload fields, as the bot's own window has."""

    first = discord.ui.Label(text="a", component=discord.ui.FileUpload(max_values=10))
    second = discord.ui.Label(text="b", component=discord.ui.FileUpload(max_values=10))

    async def on_submit(self, interaction: discord.Interaction[Any]) -> None:
        fields = (self.first.component, self.second.component)
        files = [item for field in fields for item in field.values]  # type: ignore[union-attr]
        await interaction.response.send_message(f"{len(files)} files")


class SmallBot(commands.Bot):
    """Opens the window, and hears reactions."""

    def __init__(self) -> None:
        super().__init__("!", intents=discord.Intents.default())
        self.heard: list[str] = []

    async def setup_hook(self) -> None:
        @self.tree.command(description="open the window")
        async def window(interaction: discord.Interaction[Any]) -> None:
            await interaction.response.send_modal(Window())

        @self.tree.command(description="say no")
        async def refuse(interaction: discord.Interaction[Any]) -> None:
            raise UserError("draw.prompt_empty")

        @self.tree.command(description="break")
        async def fail(interaction: discord.Interaction[Any]) -> None:
            raise RuntimeError("broken")

        await self.tree.sync()

    async def on_raw_reaction_add(self, payload: discord.RawReactionActionEvent) -> None:
        self.heard.append(str(payload.emoji))


@asynccontextmanager
async def small_world(*, check_errors: bool = True) -> AsyncGenerator[tuple[World, SmallBot]]:
    bot = SmallBot()
    async with open_world(bot, (YOU, MIKA), Texts("en"), check_errors=check_errors) as world:
        yield world, bot


async def post(world: World, bot: SmallBot, text: str) -> discord.Message:
    return await bot.get_partial_messageable(world.channel.id).send(text)


async def test_the_clock_is_the_hosts() -> None:
    async with small_world() as (world, bot):
        async with world.turn():
            message = await post(world, bot, "now")
        assert abs(message.created_at.timestamp() - time.time()) < 5


async def test_until_wakes_at_the_event() -> None:
    async with small_world() as (world, bot):

        def said() -> discord.Message | None:
            return discord.utils.get(world.messages(), content="there")

        waiting = asyncio.create_task(world.until(said, wait_s=10, what="a message"))
        await asyncio.sleep(0)
        began = time.perf_counter()
        await post(world, bot, "there")
        assert (await waiting).content == "there"
        assert time.perf_counter() - began < 1


async def test_until_says_what_did_not_come() -> None:
    async with small_world() as (world, _):
        with pytest.raises(TimeoutError, match="a pony"):
            await world.until(lambda: None, wait_s=0.05, what="a pony")


async def test_a_bot_that_is_away_hears_nothing_but_the_reaction_is_there() -> None:
    async with small_world() as (world, bot):
        message = await post(world, bot, "vote")
        with world.nobody_listens():
            await world.members[MIKA].react(message, "1️⃣")
        await world.members[YOU].react(world.message(message.id), "2️⃣")
        assert bot.heard == ["2️⃣"]
        assert [reaction.emoji for reaction in world.message(message.id).reactions] == ["1️⃣", "2️⃣"]


async def command(browser: Browser, name: str) -> dict[str, Any]:
    """Find what the page would call to run a command."""
    return next(entry for entry in await browser.commands() if entry["path"] == [name])


@asynccontextmanager
async def browsing(world: World) -> AsyncGenerator[tuple[Browser, LivePage]]:
    async with open_page(world) as page, aiohttp.ClientSession() as http:
        browser = Browser(http, page.url)
        await browser.open()
        yield browser, page


async def test_a_click_composed_before_a_refresh_still_counts() -> None:
    async with small_world() as (world, bot), browsing(world) as (browser, page):
        fresh = asyncio.create_task(keep_fresh(world, page))
        await post(world, bot, "the bot does something by itself")
        old = browser.snapshot["publishedRevision"]
        while browser.snapshot["publishedRevision"] == old:
            await browser.look()
        browser.snapshot["publishedRevision"] = old
        receipt = await browser.act("send_message", content="hello")
        fresh.cancel()
        assert (receipt["rejected"], receipt["settlement"]) == (False, "settled")
        assert world.messages()[-1].content == "hello"


async def test_actions_wait_for_their_turn() -> None:
    async with small_world() as (world, _), browsing(world) as (browser, _page):
        async with world.turn():
            sending = asyncio.create_task(browser.act("send_message", content="later"))
            done, _ = await asyncio.wait({sending}, timeout=0.2)
            assert not done
        assert (await sending)["settlement"] == "settled"


@pytest.mark.parametrize(("name", "settlement"), [("refuse", "settled"), ("fail", "failed")])
async def test_a_refusal_in_words_is_no_failure_of_the_bot(name: str, settlement: str) -> None:
    # The page keeps what was typed after a failure, and tells of it in red.
    async with small_world(check_errors=False) as (world, _), browsing(world) as (browser, _page):
        entry = await command(browser, name)
        receipt = await browser.act(
            "run_command",
            command_id=entry["commandId"],
            path=entry["path"],
            schema_fingerprint=entry["schemaFingerprint"],
            options={},
        )
        assert receipt["settlement"] == settlement, receipt


# A drawing of an artist is often larger than the MiB at which aiohttp stops by itself.
@pytest.mark.parametrize("file_bytes", [1, 1_200_000])
async def test_a_window_takes_twenty_files_through_the_page(file_bytes: int) -> None:
    async with small_world() as (world, _), browsing(world) as (browser, _page):
        entry = await command(browser, "window")
        receipt = await browser.act(
            "run_command",
            command_id=entry["commandId"],
            path=entry["path"],
            schema_fingerprint=entry["schemaFingerprint"],
            options={},
        )
        assert receipt["settlement"] == "settled", receipt
        await browser.look()
        modal = browser.snapshot["modal"]
        fields = [part["component"]["custom_id"] for part in modal["payload"]["components"]]
        receipt = await browser.act(
            "modal_submit",
            files=[field for field in fields for _ in range(10)],
            file_bytes=file_bytes,
            modal_handle=modal["handle"],
            values={field: [] for field in fields},
        )
        assert receipt["settlement"] == "settled", receipt
        assert world.messages()[-1].content == "20 files"
