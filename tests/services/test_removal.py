"""The messages of an erased person go, through refusals, a broken network and restarts."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from bot.app import App
from bot.services.draws import DrawOrder
from bot.services.jobs import JobView
from bot.services.outbox import Outbox
from bot.services.removal import GIVE_UP_DAYS, Remover
from data.models import Job, Place
from tests.services.conftest import ANA, CHANNEL, GUILD, House, Screen

ELSEWHERE = CHANNEL + 1
DAY_MS = 86_400_000


@pytest.fixture
def screen() -> Screen:
    return Screen()


async def drawn(app: App, message_id: int | None, channel_id: int = CHANNEL) -> Job:
    wanted = DrawOrder(owner_id=ANA, prompt="cat", style="none", count=1)
    place = Place(guild_id=GUILD, channel_id=channel_id, message_id=message_id)
    job = await app.draws.request(await app.draws.plan(wanted), place=place)
    await app.jobs.wait(job.id)
    return job


async def left(app: App) -> list[int]:
    return [removal.message_id for removal in await app.store.removals.pending()]


async def until(check: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not check():  # noqa: ASYNC110 - the store and the screen have no events
            await asyncio.sleep(0.005)


async def until_left(app: App, *message_ids: int) -> None:
    async with asyncio.timeout(20):
        while await left(app) != list(message_ids):  # noqa: ASYNC110 - the store has no events
            await asyncio.sleep(0.005)


@asynccontextmanager
async def removing(app: App, screen: Screen) -> AsyncIterator[None]:
    remover = Remover(app.store, app.clock, screen, retry_first_s=0.001)
    remover.start(contextvars.copy_context())
    try:
        yield
    finally:
        await remover.aclose()


async def test_an_erasure_takes_the_messages_with_it(app: App, screen: Screen) -> None:
    app.attach(screen)
    await drawn(app, 1)
    await drawn(app, 2)
    await app.privacy.erase(ANA)
    await until_left(app)
    assert screen.deleted == [1, 2]
    await app.detach()


async def test_a_restart_goes_on_with_them(house: House, screen: Screen) -> None:
    async with house.open() as app:
        await drawn(app, 1)
        await app.privacy.erase(ANA)
        assert await left(app) == [1]
    async with house.open() as app:
        app.attach(screen)
        await until_left(app)
        assert screen.deleted == [1]
        await app.detach()


async def test_a_broken_network_is_tried_again(app: App, screen: Screen) -> None:
    await drawn(app, 1)
    await app.privacy.erase(ANA)
    screen.break_next = 3
    async with removing(app, screen):
        await until_left(app)
    assert screen.deleted == [1]


async def test_a_channel_that_refuses_holds_no_other_up(app: App, screen: Screen) -> None:
    await drawn(app, 1)
    await drawn(app, 2, ELSEWHERE)
    await app.privacy.erase(ANA)
    screen.refuse_in = {CHANNEL}
    async with removing(app, screen):
        await until_left(app, 1)
        screen.refuse_in = set()
        await until_left(app)
    assert screen.deleted == [2, 1]


async def test_what_cannot_be_deleted_for_a_month_is_given_up(
    house: House, app: App, screen: Screen, caplog: pytest.LogCaptureFixture
) -> None:
    await drawn(app, 1)
    await app.privacy.erase(ANA)
    screen.refuse_in = {CHANNEL}
    async with removing(app, screen):
        await asyncio.sleep(0.05)
        assert await left(app) == [1]
        house.clock.advance(GIVE_UP_DAYS * DAY_MS)
        await until_left(app)
    assert "message 1 in channel 800 of an erased person stays for good" in caplog.text
    assert screen.deleted == []


async def test_a_message_that_is_posted_while_its_person_is_erased_goes_too(app: App) -> None:
    posting, erased = asyncio.Event(), asyncio.Event()

    class Slow(Screen):
        async def show(self, view: JobView) -> Place | None:
            posting.set()
            await erased.wait()
            return Place(guild_id=GUILD, channel_id=CHANNEL, message_id=99)

    screen = Slow()
    woken: list[bool] = []
    outbox = Outbox(
        app.store, app.jobs, app.feed, app.clock, screen, wake_remover=lambda: woken.append(True)
    )
    outbox.start()
    await drawn(app, None)
    await posting.wait()
    await app.privacy.erase(ANA)
    erased.set()
    await until(lambda: bool(woken))
    await outbox.aclose()
    assert await left(app) == [99]
