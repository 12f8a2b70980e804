"""The worker's standard error in the bot's log."""

from __future__ import annotations

import asyncio
import logging
from collections import deque

import pytest

from engine import log_lines
from engine.log_lines import LINE_MOST_CHARACTERS, LINES_PER_WINDOW, forward_lines


async def logged(caplog: pytest.LogCaptureFixture, data: bytes) -> list[str]:
    caplog.set_level(logging.INFO, "engine.worker")
    stream = asyncio.StreamReader()
    stream.feed_data(data)
    stream.feed_eof()
    await forward_lines(stream, 7, deque())
    return caplog.messages


async def test_every_line_is_one_entry(caplog: pytest.LogCaptureFixture) -> None:
    text = "first\n\n 10 %\r 20 %\r\nпоследняя".encode()
    assert await logged(caplog, text) == ["[7] first", "[7] 10 %", "[7] 20 %", "[7] последняя"]


async def test_bytes_that_are_no_text_do_no_harm(caplog: pytest.LogCaptureFixture) -> None:
    assert await logged(caplog, b"\xff\xfe\n") == ["[7] \ufffd\ufffd"]


async def test_an_endless_line_is_cut(caplog: pytest.LogCaptureFixture) -> None:
    (line,) = await logged(caplog, b"x" * 1_000_000)
    assert line == "[7] " + "x" * LINE_MOST_CHARACTERS


async def test_a_flood_is_dammed_and_counted(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    flood = b"".join(b"%d\n" % number for number in range(LINES_PER_WINDOW + 50))
    assert len(await logged(caplog, flood)) == LINES_PER_WINDOW
    caplog.clear()
    monkeypatch.setattr(log_lines, "LINES_PER_WINDOW", 2)
    monkeypatch.setattr(log_lines, "WINDOW_S", 0.05)
    stream = asyncio.StreamReader()
    reading = asyncio.create_task(forward_lines(stream, 7, deque()))
    stream.feed_data(b"1\n2\n3\n4\n")
    await asyncio.sleep(0.1)  # the window has to pass
    stream.feed_data(b"5\n")
    stream.feed_eof()
    await reading
    assert caplog.messages == ["[7] 1", "[7] 2", "[7] 2 lines left out", "[7] 5"]
