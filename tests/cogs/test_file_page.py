"""The page as an artist meets it: a link shown to them alone, followed by a real browser's HTTP."""

from __future__ import annotations

import dataclasses
import re
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from bot.config import Settings
from tests.cogs.test_files import LIMIT, asked, handed, styled
from tests.cogs.world import (
    World,
    labels,
    last_answer,
    png,
    pngs,
    said_to,
    text_of,
    walk,
    with_limit,
)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return dataclasses.replace(settings, files_port=port, public_url=f"http://127.0.0.1:{port}")


@pytest.fixture
async def browser() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


def link_in(answer: object) -> str:
    [url] = [node["url"] for node in walk(answer.components) if "url" in node]  # type: ignore[attr-defined]
    return url


async def test_an_artist_without_boosts_gets_the_very_file_through_the_page(
    world: World, browser: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    await styled(world)
    data = await handed(world)
    with_limit(monkeypatch, LIMIT)
    given = await asked(world)
    answer = last_answer(given)
    assert answer.ephemeral
    assert labels(answer) == ["Open the page"]
    said = said_to(given)
    assert "2.3 MB, more than Discord takes here. This link works once, for 15 minutes." in said
    assert "models/loras" in said
    assert next(one.filename for one in answer.attachments).endswith("-comfyui.json")
    link = link_in(answer)
    async with browser.get(link) as page:
        assert re.search(r"Mira-v1-\d+\.safetensors", await page.text())
    async with browser.post(link) as file:
        assert await file.read() == data
    async with browser.post(link) as file:
        assert file.status == 404
    again = link_in(last_answer(await asked(world)))
    async with browser.post(again) as file:
        assert await file.read() == data


async def test_nobody_elses_command_makes_a_link(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await styled(world)
    with_limit(monkeypatch, LIMIT)
    refused = await asked(world, "bo")
    assert "http" not in said_to(refused)


async def test_large_drawings_go_in_through_the_page_and_show_on_the_card(
    world: World, browser: aiohttp.ClientSession
) -> None:
    opened = await world.hand_over("ana", pngs(2))
    assert opened.response is not None
    assert "Upload in the browser" in labels(opened.response)
    offered = await world.member("ana").click(opened.response, label="Upload in the browser")
    answer = last_answer(offered)
    assert answer.ephemeral
    assert "too large for Discord" in text_of(answer)
    form = aiohttp.FormData(quote_fields=False)
    for number in range(10, 14):
        form.add_field("files", png(number), filename=f"рисунок {number}.png")
    async with browser.post(link_in(answer), data=form) as page:
        assert "4 new drawings taken. 6 drawings are here." in await page.text()
    kept = await world.app.store.datasets.drafts_of(world.owner_id("ana"))
    drawings = await world.app.store.datasets.drawings(kept[0].id)
    assert [one.file_name for one in drawings][2:] == [f"рисунок {n}.png" for n in range(10, 14)]
    await world.eventually(lambda: "6 drawings are here" in text_of(answer))
    assert "Start" in labels(answer)


async def test_a_press_after_the_host_closed_the_page_says_so(world: World) -> None:
    opened = await world.hand_over("ana", pngs(2))
    assert opened.response is not None
    await world.app.files_page.aclose()
    refused = await world.member("ana").click(opened.response, label="Upload in the browser")
    assert "The host has closed the page" in said_to(refused)
