"""The playground as a browser sees it, with the scripted engine."""

import asyncio
import dataclasses
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.config import Settings
from bot.i18n import Texts
from bot.playground import run, run_playground
from bot.playground.samples import header_facts, sample_artist
from engine.fake import FakeEngine, FakeScript
from tests.bot.playground.browser import Browser, control_keys


def fake(settings: Settings) -> FakeEngine:
    """Make an engine whose base is the one that the shipped style was trained on."""
    script = FakeScript(outbox=settings.state_dir.absolute() / "outbox")
    style = header_facts(sample_artist().style_file.read_bytes())
    ready = dataclasses.replace(script.ready, base_sha256=style["ownhand.base_sha256"])
    return FakeEngine(dataclasses.replace(script, ready=ready))


def hosts_settings(tmp_path: Path) -> Settings:
    """Be a host whose bot has a state folder, a base and a server."""
    return Settings(state_dir=tmp_path / "state", base_model="/nowhere", guild_id=10**17)


@asynccontextmanager
async def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Browser]:
    address: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def say(line: str) -> None:
        found = re.search(r"http://\S+", line)
        if found:
            address.set_result(found[0])

    monkeypatch.setattr(run, "say", say)
    monkeypatch.setattr("bot.playground.house.LOOK_S", 0.01)
    settings = hosts_settings(tmp_path)
    playing = asyncio.create_task(run_playground(settings, Texts("en"), browser=False, engine=fake))
    try:
        await asyncio.wait({playing, address}, return_when=asyncio.FIRST_COMPLETED)
        async with aiohttp.ClientSession() as http:
            browser = Browser(http, await address)
            await browser.open()
            yield browser
            await browser.act("close")
        assert await asyncio.wait_for(playing, 20) == 0
        assert not settings.state_dir.exists()
    finally:
        playing.cancel()
        await asyncio.gather(playing, return_exceptions=True)


@pytest.mark.timeout(120)
async def test_a_newcomer_presses_an_example_and_the_house_votes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(tmp_path, monkeypatch) as browser:
        (card,) = browser.messages()
        assert "Welcome to Ownhand" in str(card)
        assert "toy model" in str(card)
        examples = list(control_keys(card, "oh:try:"))
        assert len(examples) == 6
        receipt = await browser.act("click", control_key=examples[0], target_id=card["id"])
        assert receipt["settlement"] == "settled", receipt
        voted = await browser.wait_for(votes_of_three)
        assert len(voted) == 2


@pytest.mark.timeout(120)
async def test_the_house_likes_a_single_picture_with_the_heart_under_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Whether they like it is a matter of taste, which is not what is asked here.
    monkeypatch.setattr("bot.playground.house.favourite", lambda _name, _pictures: 0)
    async with opened(tmp_path, monkeypatch) as browser:
        (card,) = browser.messages()
        await browser.act(
            "click", control_key=next(control_keys(card, "oh:try:")), target_id=card["id"]
        )
        grid = (await browser.wait_for(votes_of_three))[-1]
        larger = next(control_keys(grid, "oh:larger:1"))
        await browser.act("click", control_key=larger, target_id=grid["id"])
        found = await browser.wait_for(votes_on_the_larger)
        assert [reaction["count"] for reaction in found] == [1 + 3], "the bot's own and theirs"
        assert "❤" in str(found[0]["emoji"])


@pytest.mark.timeout(120)
async def test_old_buttons_work_after_a_restart_by_button(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(tmp_path, monkeypatch) as browser:
        (card,) = browser.messages()
        example = next(control_keys(card, "oh:try:"))
        await browser.act("click", control_key=example, target_id=card["id"])
        grid = (await browser.wait_for(votes_of_three))[-1]
        restart = next(control_keys(card, "oh:restart:"))
        await browser.act("click", control_key=restart, target_id=card["id"])
        await browser.wait_for(lambda messages: "was restarted" in str(messages[-1]) or None)
        larger = next(control_keys(grid, "oh:larger:1"))
        receipt = await browser.act("click", control_key=larger, target_id=grid["id"])
        assert receipt["settlement"] == "settled", receipt
        await browser.wait_for(lambda messages: messages[-1].get("reactions") or None)


def votes_on_the_larger(messages: list[dict[str, Any]]) -> list[dict[str, Any]] | None:
    """All reactions under the third message, once three people have reacted."""
    reactions = messages[-1].get("reactions") or []
    counts = [reaction["count"] for reaction in reactions]
    return reactions if len(messages) == 3 and sum(counts) == 1 + 3 else None


def votes_of_three(messages: list[dict[str, Any]]) -> list[dict[str, Any]] | None:
    """Four reactions of the bot and one of each house member, under the newest message."""
    counts = [reaction["count"] for reaction in messages[-1].get("reactions") or []]
    return messages if sum(counts) == 4 + 3 else None
