"""What the dispatcher promises when its surroundings fail."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import AsyncGenerator

import pytest

from bot.app import App
from bot.services import dispatch
from bot.services.draws import DrawOrder
from data.db import Database
from data.errors import Damaged
from data.models import JobId, JobState
from data.repos.jobs import JobRepo
from engine.fake import FakeEngine
from engine.protocol import Done, Event, Lost, Request
from tests.services.conftest import ANA, BO, House, refuses


def order(prompt: str = "cat", owner: object = ANA) -> DrawOrder:
    return DrawOrder(owner_id=owner, prompt=prompt, style="none", count=1)  # type: ignore[arg-type]


async def test_an_end_that_cannot_be_written_is_written_later(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatch, "RETRY_S", 0.0)
    original = JobRepo.finish
    refusals = [sqlite3.OperationalError("database or disk is full")] * 3

    async def full(*args: object) -> bool:
        if refusals:
            raise refusals.pop()
        return await original(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(JobRepo, "finish", full)
    job = await app.draws.request(await app.draws.plan(order()))
    assert (await app.jobs.wait(job.id)).job.state is JobState.DONE
    assert not refusals


async def test_a_claim_that_fails_is_tried_again(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch, "RETRY_S", 0.0)
    original = JobRepo.claim
    refusals = [sqlite3.OperationalError("disk I/O error")] * 2

    async def broken(*args: object, **named: object) -> object:
        if refusals:
            raise refusals.pop()
        return await original(*args, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(JobRepo, "claim", broken)
    job = await app.draws.request(await app.draws.plan(order()))
    assert (await app.jobs.wait(job.id)).job.state is JobState.DONE


async def test_a_broken_file_fails_its_job_and_not_the_others(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = type(app.blobs).adopt
    broken = [Damaged("a file")]

    async def adopt(*args: object) -> str:
        if broken:
            raise broken.pop()
        return await original(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(type(app.blobs), "adopt", adopt)
    bad = await app.draws.request(await app.draws.plan(order()))
    view = await app.jobs.wait(bad.id)
    assert (view.job.state, view.job.error_key) == (JobState.FAILED, "engine.internal")
    good = await app.draws.request(await app.draws.plan(order()))
    assert (await app.jobs.wait(good.id)).job.state is JobState.DONE


async def test_an_engine_that_refuses_to_start_fails_jobs_with_its_reason(house: House) -> None:
    from bot.app import open_app

    engine = house.engine()
    engine.refuse_start("engine.base_missing", base="nowhere")
    async with open_app(house.settings, engine=engine, clock=house.clock) as app:
        await app.start()
        with refuses("engine.base_missing"):
            await app.wait_ready()
        job = await app.draws.request(await app.draws.plan(order()))
        view = await app.jobs.wait(job.id)
    assert (view.job.state, view.job.error_key) == (JobState.FAILED, "engine.base_missing")


async def test_everybody_gets_a_turn(app: App, engine: FakeEngine) -> None:
    engine.hold()
    plan = await app.draws.plan(order())
    many = [await app.draws.request(plan) for _ in range(5)]
    await engine.reached(f"{many[0].id}.1")
    late = await app.draws.request(await app.draws.plan(order(owner=BO)))
    last = (await app.jobs.view(many[-1].id)).position
    assert (await app.jobs.view(late.id)).position == 1
    assert last == 2
    engine.release()
    for job in (*many, late):
        await app.jobs.wait(job.id)


async def test_who_is_drawn_beside_a_job_that_kills_the_engine_is_drawn_all_the_same(
    app: App,
) -> None:
    bystander = await app.draws.request(await app.draws.plan(order("!slow cat", BO)))
    culprit = await app.draws.request(await app.draws.plan(order("!crash")))
    view = await app.jobs.wait(culprit.id)
    assert (view.job.state, view.job.error_key) == (JobState.FAILED, "engine.lost")
    assert view.job.attempt == dispatch.MAX_DEATHS
    assert (await app.jobs.wait(bystander.id)).job.state is JobState.DONE


async def test_a_second_bot_on_the_same_folder_is_refused(app: App) -> None:
    from bot.app import open_app

    with refuses("state.held"):
        async with open_app(app.settings):
            pass


async def test_a_clean_stop_is_never_held_against_a_job(house: House) -> None:
    job_id: JobId | None = None
    for attempt in range(1, dispatch.MAX_DEATHS + 2):
        engine = house.engine()
        engine.hold()
        async with house.open(engine) as app:
            job_id = job_id or (await app.draws.request(await app.draws.plan(order()))).id
            await engine.reached(f"{job_id}.{attempt}")
    async with house.open() as app:
        assert job_id is not None
        assert (await app.jobs.wait(job_id)).job.state is JobState.DONE


async def test_a_picture_costs_three_transactions_and_one_more_to_be_announced(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    await app.wait_ready()
    run, commits = Database._run, list[str]()

    async def counted(db: Database, sql: str) -> None:
        commits.extend([sql] * (sql == "COMMIT"))
        await run(db, sql)

    monkeypatch.setattr(Database, "_run", counted)
    job = await app.draws.request(await app.draws.plan(order()))
    view = await app.jobs.wait(job.id)
    assert (view.job.state, len(view.pictures)) == (JobState.DONE, 1)
    assert len(commits) == 3  # asked for; claimed; drawn and done


async def test_the_last_picture_is_kept_when_the_engine_dies_after_it(
    app: App, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit, asked = engine.submit, list[str]()

    async def dying(request: Request) -> AsyncGenerator[Event]:
        # No word of the script stands between a picture and the end.
        asked.append(request.request_id)
        async with contextlib.aclosing(submit(request)) as events:
            async for event in events:
                lost = isinstance(event, Done) and len(asked) == 1
                yield Lost(request_id=request.request_id) if lost else event

    monkeypatch.setattr(engine, "submit", dying)
    job = await app.draws.request(await app.draws.plan(order()))
    view = await app.jobs.wait(job.id)
    assert (view.job.state, view.job.attempt, len(view.pictures)) == (JobState.DONE, 2, 1)
    assert len(asked) == 1, "nothing was left to draw"
