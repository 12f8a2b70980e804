"""Whoever sends slowly keeps nobody else from sending."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.errors import UserError
from bot.files_page import receiving
from bot.files_page.receiving import Received

KIND = {"Content-Type": "multipart/form-data; boundary=b"}
HEAD = b'--b\r\nContent-Disposition: form-data; name="f"; filename="a.png"\r\n\r\n'


@pytest.fixture
async def page(tmp_path: Path) -> AsyncIterator[TestServer]:
    """Say the key of what is wrong, or how many files came."""
    received = Received(tmp_path, 1)

    async def take(request: web.Request) -> web.Response:
        try:
            async with received.files_of(request) as uploads:
                return web.Response(text=str(len(uploads)))
        except UserError as error:
            return web.Response(text=error.key)

    site = web.Application()
    site.router.add_post("/", take)
    server = TestServer(site)
    async with server:
        yield server
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
async def browser() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def send(
    browser: aiohttp.ClientSession, page: TestServer, begun: asyncio.Semaphore, hold: asyncio.Event
) -> str:
    async def body() -> AsyncIterator[bytes]:
        yield HEAD
        begun.release()
        await hold.wait()
        yield b"x\r\n--b--\r\n"

    async with browser.post(page.make_url("/"), data=body(), headers=KIND) as answer:
        return await answer.text()


async def test_who_comes_fifth_is_told_to_come_again_and_then_may(
    browser: aiohttp.ClientSession, page: TestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "TURN_S", 0.3)
    begun, hold = asyncio.Semaphore(0), asyncio.Event()
    async with asyncio.TaskGroup() as group:
        slow = [group.create_task(send(browser, page, begun, hold)) for _ in range(4)]
        for _ in slow:
            await begun.acquire()
        async with asyncio.timeout(5):
            at_once = asyncio.Event()
            at_once.set()
            assert await send(browser, page, begun, at_once) == "page.busy"
        hold.set()
    assert [task.result() for task in slow] == ["1"] * 4
    assert await send(browser, page, begun, hold) == "1"


async def test_a_piece_now_and_then_does_not_keep_a_place_for_ever(
    browser: aiohttp.ClientSession, page: TestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "WHOLE_S", 0.5)

    async def dripping() -> AsyncIterator[bytes]:
        yield HEAD
        for _ in range(100):
            yield b"x"
            await asyncio.sleep(0.05)

    async with (
        asyncio.timeout(4),
        browser.post(page.make_url("/"), data=dripping(), headers=KIND) as answer,
    ):
        assert await answer.text() == "page.too_slow"
