"""What a test may do with the fake engine beyond the contract."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PIL import Image

from engine.errors import StartRefused
from engine.fake import FakeEngine, FakeScript
from engine.protocol import (
    Cancelled,
    CheckpointSaved,
    Done,
    Failed,
    Lost,
    PictureDrawn,
    Progress,
)
from tests.contract.requests import drawing, ends_once, of_kind, run, training


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[FakeEngine]:
    engine = FakeEngine(FakeScript(outbox=tmp_path))
    await engine.start()
    yield engine
    await engine.aclose()


async def test_its_pictures_are_real_and_the_same_for_the_same_recipe(engine: FakeEngine) -> None:
    shas: list[list[str]] = []
    for request_id in ("a", "b"):
        pictures = of_kind(await run(engine, drawing(request_id, count=2)), PictureDrawn)
        shas.append([picture.file.sha256 for picture in pictures])
        with Image.open(pictures[0].file.path) as image:
            image.load()
            assert (image.format, image.size) == ("PNG", (16, 16))
    assert shas[0] == shas[1]
    assert len(set(shas[0])) == 2


async def test_a_held_request_stands_still_until_released(engine: FakeEngine) -> None:
    engine.hold(at_step=10)
    story = asyncio.create_task(run(engine, training("t")))
    await engine.reached("t")
    assert not story.done()
    engine.release()
    events = await story
    assert ends_once(events, Done)
    assert [event.step for event in of_kind(events, CheckpointSaved)] == [10, 20]


async def test_a_held_request_can_be_cancelled(engine: FakeEngine) -> None:
    engine.hold()
    story = asyncio.create_task(run(engine, drawing("a")))
    await engine.reached("a")
    await engine.cancel("a")
    events = await story
    assert ends_once(events, Cancelled)
    assert of_kind(events, Progress) == []
    assert engine.cancelled == ["a"]


async def test_the_next_request_fails_as_told_and_only_that(engine: FakeEngine) -> None:
    engine.fail_next("engine.no_memory", gigabytes=3)
    failed = (await run(engine, drawing("a")))[-1]
    assert failed == Failed(request_id="a", key="engine.no_memory", facts={"gigabytes": "3"})
    assert ends_once(await run(engine, drawing("b")), Done)
    assert [request.request_id for request in engine.submitted] == ["a", "b"]


async def test_without_a_restart_requests_wait_for_start(engine: FakeEngine) -> None:
    engine.hold()
    lost = asyncio.create_task(run(engine, drawing("a")))
    await engine.reached("a")
    engine.die(restart=False)
    engine.release()
    assert ends_once(await lost, Lost)
    waiting = asyncio.create_task(run(engine, drawing("b")))
    done, _ = await asyncio.wait({waiting}, timeout=0.05)
    assert not done
    await engine.start()
    assert ends_once(await waiting, Done)


async def test_a_refused_start_is_refused(engine: FakeEngine) -> None:
    engine.refuse_start("engine.no_memory")
    with pytest.raises(StartRefused, match=r"engine\.no_memory"):
        await engine.start()
