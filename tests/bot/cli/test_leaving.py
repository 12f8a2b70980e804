"""Whoever leaves while a command is handed over, and what becomes of the job."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import bot.app
from bot.app import App, open_app
from bot.cli.work import train
from bot.config import Settings
from bot.services.draws import DrawService
from bot.services.handover import HandoverClient
from bot.services.hostwork import HostWork
from bot.services.trainings import TrainService
from bot.services.wishes import DrawWish, TrainWish
from data.models import HOST, Job, JobState
from engine.fake import FakeEngine, FakeScript
from tests.bot.cli.asking import EN, ignore, options
from tests.services.conftest import png, refuses


async def wait_for_job(app: App, engine: FakeEngine) -> str:
    with app.feed.subscribe() as changes:
        job_id = await changes.next()
    await engine.reached(f"{job_id}.1")
    return job_id


async def test_who_leaves_early_cancels_the_job(
    settings: Settings, engine: FakeEngine, folder: Path
) -> None:
    engine.hold(at_step=1)
    async with open_app(settings, engine=engine) as app:
        await app.start()
        await app.wait_ready()
        wish = TrainWish(folder=str(folder), style="ink")
        asking = asyncio.create_task(HandoverClient(settings.state_dir).train(wish, ignore))
        job_id = await wait_for_job(app, engine)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        view = await app.jobs.wait(job_id)  # type: ignore[arg-type]
        assert view.job.state is JobState.CANCELLED


@dataclass
class Slow:
    """Holds a service's answer back when its work is committed."""

    committed: asyncio.Event = field(default_factory=asyncio.Event)
    answered: asyncio.Event = field(default_factory=asyncio.Event)

    def after(self, method: Callable[..., Awaitable[Job]]) -> Callable[..., Awaitable[Job]]:
        async def held(*args: Any, **kwargs: Any) -> Job:
            job = await method(*args, **kwargs)
            self.committed.set()
            await self.answered.wait()
            return job

        return held


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Slow:
    slow = Slow()
    monkeypatch.setattr(TrainService, "start", slow.after(TrainService.start))
    monkeypatch.setattr(DrawService, "request", slow.after(DrawService.request))
    return slow


@pytest.mark.parametrize("command", ["train", "draw"])
async def test_who_leaves_before_the_job_has_its_id_cancels_it_too(
    settings: Settings, engine: FakeEngine, folder: Path, slow: Slow, command: str
) -> None:
    engine.hold(at_step=1)
    async with open_app(settings, engine=engine) as app:
        await app.start()
        await app.wait_ready()
        client = HandoverClient(settings.state_dir)
        asking = asyncio.create_task(
            client.train(TrainWish(folder=str(folder), style="ink"), ignore)
            if command == "train"
            else client.draw(DrawWish(prompt="cat", style="none"), ignore)
        )
        await slow.committed.wait()
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        await client.health()  # by now the holder has seen the other connection end
        slow.answered.set()
        [job] = await app.store.jobs.of_owner(HOST)
        async with asyncio.timeout(10):
            assert (await app.jobs.wait(job.id)).job.state is JobState.CANCELLED


async def test_ctrl_c_before_the_job_has_its_id_stops_it_too(
    settings: Settings, folder: Path, slow: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = FakeEngine(FakeScript(outbox=settings.state_dir / "outbox"))
    engine.hold(at_step=1)
    monkeypatch.setattr(bot.app, "process_engine", lambda _settings: engine)
    command = asyncio.create_task(
        train(settings, EN, options("train", str(folder), "--style", "a"))
    )
    await slow.committed.wait()
    command.cancel()
    await asyncio.sleep(0)
    slow.answered.set()
    await asyncio.gather(command, return_exceptions=True)
    async with open_app(settings, engine=engine) as app:
        (job,) = await app.store.jobs.of_owner(HOST)
        assert job.cancel_requested


async def test_a_bot_that_stops_before_the_job_has_its_id_keeps_it(
    settings: Settings, engine: FakeEngine, folder: Path, slow: Slow
) -> None:
    engine.hold(at_step=1)
    async with open_app(settings, engine=engine) as app:
        await app.start()
        await app.wait_ready()
        wish = TrainWish(folder=str(folder), style="ink")
        asking = asyncio.create_task(HandoverClient(settings.state_dir).train(wish, ignore))
        await slow.committed.wait()
        asyncio.get_running_loop().call_later(0.05, slow.answered.set)
    with refuses("handover.broken"):
        await asking
    async with open_app(settings, engine=engine) as app:
        (job,) = await app.store.jobs.of_owner(HOST)
        assert (job.state, job.cancel_requested) == (JobState.QUEUED, False)


async def test_a_bot_that_stops_keeps_the_job_for_its_next_start(
    settings: Settings, engine: FakeEngine, folder: Path
) -> None:
    engine.hold(at_step=1)
    async with open_app(settings, engine=engine) as app:
        await app.start()
        await app.wait_ready()
        wish = TrainWish(folder=str(folder), style="ink")
        asking = asyncio.create_task(HandoverClient(settings.state_dir).train(wish, ignore))
        job_id = await wait_for_job(app, engine)
    with refuses("handover.broken"):
        await asking
    again = FakeEngine(FakeScript(outbox=settings.state_dir / "outbox"))
    async with open_app(settings, engine=again) as app:
        await app.start()
        assert (await app.jobs.wait(job_id)).job.state is JobState.DONE  # type: ignore[arg-type]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
async def test_ctrl_c_and_sigterm_stop_the_job_of_a_command(
    settings: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    engine = FakeEngine(FakeScript(outbox=settings.state_dir / "outbox"))
    engine.hold(at_step=1)
    monkeypatch.setattr(bot.app, "process_engine", lambda _settings: engine)
    command = asyncio.create_task(
        train(settings, EN, options("train", str(folder), "--style", "a"))
    )
    while not engine.submitted:  # noqa: ASYNC110 - the command tells nobody
        await asyncio.sleep(0)
    await engine.reached(engine.submitted[0].request_id)
    signal.raise_signal(number)
    with pytest.raises(asyncio.CancelledError):
        await command
    async with open_app(settings, engine=engine) as app:
        (job,) = await app.store.jobs.of_owner(HOST)
        assert job.cancel_requested


async def test_an_interrupted_training_goes_on_instead_of_starting_anew(
    settings: Settings, folder: Path
) -> None:
    first = FakeEngine(FakeScript(outbox=settings.state_dir / "outbox"))
    first.hold(at_step=1)
    async with open_app(settings, engine=first) as app:
        await app.start()
        await app.wait_ready()
        wish = TrainWish(folder=str(folder), style="ink")
        report = await _start(app, wish)
        await first.reached(f"{report}.1")
    second = FakeEngine(FakeScript(outbox=settings.state_dir / "outbox"))
    async with open_app(settings, engine=second) as app:
        await app.start()
        await train(settings, EN, options("train", str(folder), "--style", "Ink"))
        assert [job.id for job in await app.store.jobs.of_owner(HOST)] == [report]


async def _start(app: App, wish: TrainWish) -> str:
    from bot.services.host_folder import list_folder

    uploads = list_folder(Path(wish.folder))
    draft = await app.datasets.add(HOST, uploads, name=wish.style)
    return (await app.trainings.start(draft.dataset.id, owner_id=HOST)).id


def folder_of(place: Path, first: int, count: int) -> TrainWish:
    """Make a folder of so many drawings, and wish for a style of that name."""
    place.mkdir()
    for number in range(first, first + count):
        (place / f"d{number:02}.png").write_bytes(png(number))
    return TrainWish(folder=str(place), style=place.name)


@pytest.mark.parametrize("first_is", ["handed over", "the holder's own"])
async def test_two_trainings_at_once_take_their_own_folder(
    settings: Settings, engine: FakeEngine, tmp_path: Path, first_is: str
) -> None:
    wishes = folder_of(tmp_path / "ink", 0, 6), folder_of(tmp_path / "oil", 6, 7)
    async with open_app(settings, engine=engine) as app:
        await app.start()
        client = HandoverClient(settings.state_dir)
        holder = client if first_is == "handed over" else HostWork(app)
        first = asyncio.create_task(holder.train(wishes[0], ignore))
        while not await app.store.datasets.drafts_of(HOST):  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0)
        trained = await asyncio.gather(first, client.train(wishes[1], ignore))
        assert [(one.style, one.drawings) for one in trained] == [("ink", 6), ("oil", 7)]
        assert await app.store.datasets.drafts_of(HOST) == ()


async def test_the_same_training_asked_for_twice_at_once_is_made_once(
    settings: Settings, engine: FakeEngine, folder: Path
) -> None:
    wish = TrainWish(folder=str(folder), style="ink")
    async with open_app(settings, engine=engine) as app:
        await app.start()
        client = HandoverClient(settings.state_dir)
        trained = await asyncio.gather(client.train(wish, ignore), client.train(wish, ignore))
        assert [one.number for one in trained] == [1, 1]
        assert len(await app.store.jobs.of_owner(HOST)) == 1
