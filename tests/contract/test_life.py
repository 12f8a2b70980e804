"""How an engine starts, dies and ends, the fake and the real process alike."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from engine.client import EngineClient
from engine.errors import EngineDied, StartRefused
from engine.protocol import (
    VERSION,
    CheckpointSaved,
    Done,
    Failed,
    Lost,
    Progress,
    Started,
)
from tests.contract.conftest import Stage
from tests.contract.requests import TIMEOUT_S, drawing, ends_once, flying, run, training


async def test_the_handshake_tells_version_device_and_base(engine: EngineClient) -> None:
    ready = engine.ready
    assert ready.version == VERSION
    assert (ready.device, ready.base, ready.family) == ("cpu", "builtin", "builtin")
    assert len(ready.base_sha256) == 64


async def test_before_the_start_there_is_no_handshake(stage: Stage) -> None:
    with pytest.raises(EngineDied):
        _ = stage.make().ready


async def test_starting_again_changes_nothing(engine: EngineClient, stage: Stage) -> None:
    before = stage.process_of(engine)
    await engine.start()
    assert stage.process_of(engine) == before
    assert ends_once(await run(engine, drawing("a")), Done)


async def test_another_version_is_refused(stage: Stage) -> None:
    engine = stage.make_of_another_version()
    async with asyncio.timeout(TIMEOUT_S):
        with pytest.raises(StartRefused) as refused:
            await engine.start()
        assert refused.value.key == "engine.version"
        assert refused.value.facts == {"theirs": VERSION + 1, "ours": VERSION}
        await engine.aclose()


async def test_requests_of_an_engine_that_cannot_start_fail_with_its_reason(stage: Stage) -> None:
    engine = stage.make_without_base()
    early = asyncio.create_task(run(engine, drawing("early")))
    await asyncio.sleep(0)
    async with asyncio.timeout(TIMEOUT_S):
        with pytest.raises(StartRefused, match=r"engine\.base_missing"):
            await engine.start()
    for events in (await early, await run(engine, drawing("late"))):
        (failed,) = events
        assert isinstance(failed, Failed)
        assert (failed.key, failed.facts) == ("engine.base_missing", {"base": "!missing"})
    await engine.aclose()


async def test_requests_wait_for_the_start(stage: Stage) -> None:
    engine = stage.make()
    early = asyncio.create_task(run(engine, drawing("a")))
    await asyncio.sleep(0)
    await engine.start()
    assert ends_once(await early, Done)
    await engine.aclose()


async def test_a_killed_engine_loses_its_requests_and_comes_back(
    engine: EngineClient, stage: Stage
) -> None:
    before = stage.process_of(engine)
    async with (
        flying(engine, drawing("a", "!forever")) as draw,
        flying(engine, training("running", "!forever")) as train,
        aclosing(engine.submit(training("queued"))) as queued,
    ):
        await draw.until(Progress)
        await train.until(Progress)
        waiting = asyncio.create_task(anext(queued))
        assert ends_once(await run(engine, drawing("b")), Done)  # so "queued" has arrived
        stage.kill(engine)
        async with asyncio.timeout(2):  # at once: no heartbeat has to fail first
            for stream in (draw, train):
                assert ends_once(await stream.rest(), Lost)
            assert await waiting == Lost(request_id="queued")
    assert ends_once(await run(engine, drawing("c")), Done)
    if before is not None:
        assert stage.process_of(engine) not in (None, before)


async def test_a_crash_while_drawing_loses_the_request_and_the_retry_works(
    engine: EngineClient,
) -> None:
    assert ends_once(await run(engine, drawing("a", "!crash")), Lost)
    assert ends_once(await run(engine, drawing("a")), Done)


async def test_a_training_goes_on_after_the_engine_died(engine: EngineClient, stage: Stage) -> None:
    async with flying(engine, training("t", "!slow")) as stream:
        saved = await stream.until(CheckpointSaved)
        assert isinstance(saved, CheckpointSaved)
        stage.kill(engine)
        assert ends_once(await stream.rest(), Lost)
    events = await run(engine, training("t", resume=saved.state))
    assert ends_once(events, Done)
    assert [e.step for e in events if isinstance(e, CheckpointSaved)] == [20]


async def test_closing_loses_what_is_in_flight(engine: EngineClient) -> None:
    async with (
        flying(engine, drawing("a", "!forever")) as draw,
        flying(engine, training("t", "!forever")) as train,
    ):
        await draw.until(Progress)
        await train.until(Started)
        async with asyncio.timeout(TIMEOUT_S):
            await engine.aclose()
        assert ends_once(await draw.rest(), Lost)
        assert ends_once(await train.rest(), Lost)
    assert await run(engine, drawing("b")) == [Lost(request_id="b")]
    await engine.aclose()


async def test_closing_before_the_start_ends_what_waits(stage: Stage) -> None:
    engine = stage.make()
    early = asyncio.create_task(run(engine, drawing("a")))
    await asyncio.sleep(0)
    await engine.aclose()
    assert await early == [Lost(request_id="a")]
    with pytest.raises(EngineDied):
        await engine.start()
