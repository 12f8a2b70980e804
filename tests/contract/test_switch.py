"""One base at a time: how an engine goes from one to another, the fake and the process alike."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from engine.client import EngineClient
from engine.errors import StartRefused
from engine.protocol import Done, Progress
from tests.contract.conftest import Stage
from tests.contract.requests import TIMEOUT_S, captions, drawing, ends_once, flying, run

OTHER, MISSING, FIRST = Path("other"), Path("!missing"), Path("builtin")


async def test_another_base_serves_and_the_first_comes_back(engine: EngineClient) -> None:
    first = engine.ready
    assert engine.base is None
    async with asyncio.timeout(TIMEOUT_S):
        await engine.switch(OTHER)
        assert (engine.base, engine.ready.base) == (OTHER, "other")
        assert engine.ready.base_sha256 != first.base_sha256
        assert ends_once(await run(engine, drawing("a")), Done)
        await engine.switch(FIRST)
    assert engine.ready == first
    assert ends_once(await run(engine, drawing("b")), Done)


async def test_what_is_in_flight_ends_first_and_what_comes_meanwhile_waits(
    engine: EngineClient, stage: Stage
) -> None:
    before = stage.process_of(engine)
    async with flying(engine, drawing("a", "!slow", count=3)) as draw:
        await draw.until(Progress)
        switching = asyncio.create_task(engine.switch(OTHER))
        await asyncio.sleep(0)
        late = asyncio.create_task(run(engine, captions("late")))
        assert ends_once(await draw.rest(), Done)
    async with asyncio.timeout(TIMEOUT_S):
        await switching
        assert ends_once(await late, Done)
    if before is not None:
        assert stage.process_of(engine) not in (None, before)


async def test_a_base_that_cannot_be_served_leaves_the_former(engine: EngineClient) -> None:
    async with asyncio.timeout(TIMEOUT_S):
        switching = asyncio.create_task(engine.switch(MISSING))
        await asyncio.sleep(0)
        waiting = asyncio.create_task(run(engine, drawing("a")))
        with pytest.raises(StartRefused, match=r"engine\.base_missing"):
            await switching
        assert ends_once(await waiting, Done), "it never asked for the other base"
    assert engine.ready.base == "builtin"
    assert engine.refusal is None


async def test_a_closed_engine_ends_what_waited_for_a_switch(engine: EngineClient) -> None:
    async with flying(engine, drawing("a", "!forever")) as draw:
        await draw.until(Progress)
        switching = asyncio.create_task(engine.switch(OTHER))
        await asyncio.sleep(0)
        switching.cancel()
        await asyncio.gather(switching, return_exceptions=True)
        async with asyncio.timeout(TIMEOUT_S):
            await engine.aclose()
