"""A host brings a style of their own from the disk, and may give the command again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path

import pytest

from bot.app import App
from bot.services.hostwork import HostWork
from bot.services.imports import ImportOrder
from bot.services.wishes import BringWish, Progressed, Trained
from data.models import HOST, Job
from engine.fake import FakeEngine
from engine.protocol import TrainRequest
from tests.engine.lora.foreign_files import write
from tests.engine.lora.malformed import good
from tests.services.conftest import (
    png,
    refuses,
)


@pytest.fixture
def bring(app: App, tmp_path: Path) -> Callable[[], Coroutine[None, None, Trained]]:
    """Give the same command of the host again and again."""
    folder = tmp_path / "drawings"
    folder.mkdir()
    for number in range(6):
        (folder / f"d{number}.png").write_bytes(png(number))
    file = write(tmp_path / "fog.safetensors", good(), {"modelspec.title": "Fog wash"})

    async def nobody(_progressed: Progressed) -> None:
        """Hear no progress."""

    wish = BringWish(source=str(file), folder=str(folder))
    return lambda: HostWork(app).bring(wish, nobody)


async def begins(app: App, engine: FakeEngine) -> Job:
    async with asyncio.timeout(5):
        while not (jobs := await app.store.jobs.active(HOST)):  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)
        await engine.reached(f"{jobs[0].id}.1")
    return jobs[0]


async def test_the_hosts_command_can_be_given_again_after_its_job_was_stopped(
    app: App, engine: FakeEngine, bring: Callable[[], Coroutine[None, None, Trained]]
) -> None:
    engine.hold()
    first = asyncio.create_task(bring())
    await app.jobs.stop((await begins(app, engine)).id)
    with refuses("cli.cancelled"):
        await first
    engine.release()
    told = await bring()
    assert (told.style, told.number, told.drawings) == ("Fog wash", 1, 6)
    [style] = await app.styles.of_owner(HOST)
    assert style.source_file is None
    with refuses("import.name_taken"):
        await bring()
    assert [style] == list(await app.styles.of_owner(HOST)), "an own style is not touched"


async def test_the_hosts_command_follows_the_job_that_an_earlier_one_began(
    app: App, engine: FakeEngine, bring: Callable[[], Coroutine[None, None, Trained]]
) -> None:
    engine.hold()
    first = asyncio.create_task(bring())
    job = await begins(app, engine)
    first.cancel()  # as when its process dies: nothing stops the job
    second = asyncio.create_task(bring())
    async with asyncio.timeout(5):
        while not await app.store.datasets.drafts_of(HOST):  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)
        while await app.store.datasets.drafts_of(HOST):  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)
    engine.release()
    assert (await second).number == 1
    assert [one.id for one in await app.store.jobs.of_owner(HOST)] == [job.id]
    assert len([one for one in engine.submitted if isinstance(one, TrainRequest)]) == 1


async def test_the_hosts_command_takes_no_style_of_another_file(
    app: App, tmp_path: Path, bring: Callable[[], Coroutine[None, None, Trained]]
) -> None:
    other = write(tmp_path / "other.safetensors", good())
    await app.imports.take(ImportOrder(owner_id=HOST, path=other, name="Fog wash"))
    with refuses("import.name_taken"):
        await bring()
    [style] = await app.styles.of_owner(HOST)
    assert style.source_file == "other.safetensors"
