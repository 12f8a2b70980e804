"""Every job's one message: shown, shown again, marked once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.app import App
from bot.services.draws import DrawOrder
from bot.services.outbox import Outbox
from data.models import Job, JobState, Place
from engine.fake import FakeEngine
from tests.services.conftest import ANA, CHANNEL, GUILD, House, Screen, start_training


@pytest.fixture
def screen() -> Screen:
    return Screen()


@asynccontextmanager
async def showing(app: App, screen: Screen, every_s: float = 0.0) -> AsyncIterator[None]:
    outbox = Outbox(
        app.store, app.jobs, app.feed, app.clock, screen,
        wake_remover=lambda: None, show_every_s=every_s, backoff_first_s=0.001,
    )  # fmt: skip
    outbox.start()
    try:
        yield
    finally:
        await outbox.aclose()


async def draw(app: App, place: Place | None = None) -> Job:
    wanted = DrawOrder(owner_id=ANA, prompt="cat", style="none", count=1)
    here = Place(guild_id=GUILD, channel_id=CHANNEL, message_id=1)
    return await app.draws.request(await app.draws.plan(wanted), place=place or here)


async def announced(app: App, job: Job) -> Job:
    """Wait until the end was marked as shown."""
    while (now := await app.store.jobs.get(job.id)).announced_ms is None:  # noqa: ASYNC110 - the store has no events
        await asyncio.sleep(0)
    return now


async def test_the_end_is_shown_then_reactions_then_announced(app: App, screen: Screen) -> None:
    async with showing(app, screen):
        job = await draw(app)
        await announced(app, job)
    assert screen.shown[-1].job.state is JobState.DONE
    assert len(screen.shown[-1].pictures) == 1
    (seeded,) = screen.seeded
    assert seeded.job.id == job.id


async def test_ended_jobs_are_shown_at_the_next_attach_and_only_once(
    app: App, screen: Screen
) -> None:
    job = await draw(app)
    await app.jobs.wait(job.id)
    async with showing(app, screen):
        await announced(app, job)
    later = Screen()
    async with showing(app, later):
        other = await draw(app)
        await announced(app, other)
    assert {view.job.id for view in later.shown} == {other.id}


async def test_a_broken_network_is_tried_again(app: App, screen: Screen) -> None:
    screen.break_next = 3
    async with showing(app, screen):
        job = await draw(app)
        await announced(app, job)
    assert screen.shown[-1].job.state is JobState.DONE


async def test_a_place_that_refuses_is_given_up(app: App, screen: Screen) -> None:
    screen.refuse = True
    async with showing(app, screen):
        job = await draw(app)
        await announced(app, job)
    assert screen.shown == []


async def test_a_message_posted_anew_is_remembered(app: App, screen: Screen) -> None:
    screen.moved_to = Place(guild_id=GUILD, channel_id=CHANNEL, message_id=99)
    async with showing(app, screen):
        job = await draw(app)
        ended = await announced(app, job)
    assert ended.place.message_id == 99


async def test_running_messages_are_edited_seldom_but_the_end_at_once(
    app: App, engine: FakeEngine, screen: Screen
) -> None:
    engine.hold(at_step=2)
    async with showing(app, screen, every_s=3600):
        place = Place(guild_id=GUILD, channel_id=CHANNEL, message_id=5)
        job = await start_training(app, place=place)
        await engine.reached(f"{job.id}.1")
        await screen.showed.wait()
        engine.release()
        await announced(app, job)
    states = [view.job.state for view in screen.shown]
    assert states[-1] is JobState.DONE
    assert len(states) <= 3  # queued or running once, and the end


async def test_jobs_of_the_command_line_have_no_message(app: App, screen: Screen) -> None:
    async with showing(app, screen):
        job = await draw(app, Place())
        await announced(app, job)
    assert screen.shown == []


async def test_after_a_crash_between_showing_and_marking_it_is_shown_again(
    house: House, screen: Screen
) -> None:
    async with house.open() as app:
        job = await draw(app)
        await app.jobs.wait(job.id)
    async with house.open() as app:
        app.attach(screen)
        await announced(app, job)
        await app.detach()
    assert [view.job.id for view in screen.shown] == [job.id]
