"""Each base has its turn: one is loaded, and nobody waits for another one for ever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.app import App
from data.models import Job, JobState, OwnerId
from engine.fake import FakeEngine
from engine.protocol import TrainRequest
from tests.services.conftest import ANA, BO, CY, House, start_training
from tests.services.several import TURN_S, engine_of, look_often, order, sdxl_place, several, until


@pytest.fixture
async def engine(house: House) -> FakeEngine:
    return engine_of(house)


@pytest.fixture
async def app(
    house: House, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[App]:
    look_often(monkeypatch)
    async with several(house, engine, parallel_jobs=1, max_jobs_per_person=50) as app:
        await until(lambda: app.base.is_resident)
        yield app


async def draw(app: App, base: str | None = None, owner: OwnerId = ANA) -> Job:
    return await app.draws.request(await app.draws.plan(order(base, owner)))


async def state(app: App, job: Job) -> JobState:
    return (await app.store.jobs.get(job.id)).state


async def test_the_loaded_base_goes_on_until_its_turn_is_over(
    house: House, app: App, engine: FakeEngine
) -> None:
    engine.hold()
    first, *more = [await draw(app) for _ in range(4)]
    await engine.reached(f"{first.id}.1")
    other = await draw(app, "sdxl", BO)
    house.clock.advance(TURN_S * 1000 - 1)
    await asyncio.sleep(0.1)  # ten looks
    assert app._dispatcher._turns.next is None, "its turn is not over"
    house.clock.advance(1)
    await until(lambda: app._dispatcher._turns.next is not None)
    engine.release()
    await app.jobs.wait(other.id)
    assert await state(app, first) is JobState.DONE, "what was begun is finished first"
    for job in more:
        view = await app.jobs.wait(job.id)
        assert (view.job.state, view.job.attempt) == (JobState.DONE, 1)
    order_of_work = [name for _, name in engine.begun_on[-5:]]
    assert order_of_work == ["builtin", "sdxl-base", "builtin", "builtin", "builtin"]


async def test_nobody_waits_longer_than_a_turn_however_many_draw_on_the_other_base(
    house: House, app: App, engine: FakeEngine
) -> None:
    """Somebody never stops drawing on the first base; each draw takes a fifth of a turn."""
    waiting = job = await draw(app, "sdxl", CY)
    for _ in range(20):
        engine.hold()
        job = await draw(app)
        if await state(app, waiting) is JobState.DONE:
            break
        house.clock.advance(TURN_S * 1000 // 5)
        engine.release()
        await asyncio.sleep(0.05)
    view = await app.jobs.wait(waiting.id)
    assert view.job.finished_ms is not None
    waited_s = (view.job.finished_ms - view.job.created_ms) / 1000
    assert waited_s <= TURN_S * 1.5
    engine.release()
    await app.jobs.wait(job.id)


async def test_an_idle_engine_goes_over_at_once(app: App, engine: FakeEngine) -> None:
    job = await draw(app, "sdxl")
    assert (await app.jobs.wait(job.id)).job.state is JobState.DONE


async def test_a_training_is_put_aside_at_a_checkpoint_and_goes_on_from_it(
    house: House, app: App, engine: FakeEngine
) -> None:
    engine.hold(at_step=1)
    training = await start_training(app, caption="!slow", changes="steps=20 checkpoints=4")
    await engine.reached(f"{training.id}.1")
    other = await draw(app, "sdxl", BO)
    house.clock.advance(TURN_S * 1000)
    await until(lambda: app._dispatcher._turns.next is not None)
    beside = await draw(app)
    engine.release()
    assert (await app.jobs.wait(other.id)).job.state is JobState.DONE
    assert (await app.jobs.wait(beside.id)).job.state is JobState.DONE
    view = await app.jobs.wait(training.id)
    assert (view.job.state, view.job.attempt) == (JobState.DONE, 2)
    first, second = (one for one in engine.submitted if isinstance(one, TrainRequest))
    assert first.resume is None
    assert second.resume is not None, "nothing that was learned is lost"
    row = await app.db.read().fetch_one("SELECT deaths FROM jobs WHERE id = ?", (training.id,))
    assert row is not None
    assert row["deaths"] == 0, "a switch is no death"
    assert engine.switched[-2:] == [sdxl_place(house), app.base.place]


async def test_who_cancels_a_training_meanwhile_is_heeded(
    house: House, app: App, engine: FakeEngine
) -> None:
    engine.hold(at_step=1)
    training = await start_training(app, caption="!slow", changes="steps=20 checkpoints=4")
    await engine.reached(f"{training.id}.1")
    other = await draw(app, "sdxl", BO)
    house.clock.advance(TURN_S * 1000)
    await app.store.jobs.request_cancel(training.id, house.clock.now_ms())
    engine.release()
    await app.jobs.wait(other.id)
    assert (await app.jobs.wait(training.id)).job.state is not JobState.QUEUED
    assert (await app.store.jobs.get(training.id)).attempt == 1
