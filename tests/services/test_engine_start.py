"""A host that hinders the engine's start: it is said, tried again, and nothing is lost."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.app import App, open_app
from bot.config import Settings
from bot.doctor import run_doctor
from bot.i18n import Texts
from bot.services.draws import DrawOrder
from data.models import Job, JobState
from engine.client import EngineSettings
from engine.fake import FAKE_READY, FakeEngine, FakeScript
from engine.supervisor import ProcessEngine
from tests.services.conftest import ANA, House, refuses, start_training

TIMEOUT_S = 20


@pytest.fixture
def outbox(tmp_path: Path) -> Path:
    """Put a file where the engine's folder belongs."""
    path = tmp_path / "outbox"
    path.write_bytes(b"in the way")
    return path


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(state_dir=tmp_path / "state")


@pytest.fixture
async def app(settings: Settings, outbox: Path) -> AsyncIterator[App]:
    engine = ProcessEngine(
        EngineSettings(base=Path("builtin"), outbox=outbox, scripted=True, restart_most_s=0.2)
    )
    async with open_app(settings, engine=engine) as app:
        yield app


async def accepted(app: App) -> Job:
    """Ask before the engine's start is tried, as an earlier process would have."""
    order = DrawOrder(owner_id=ANA, prompt="cat", style="none", count=1)
    return await app.draws.request(await app.draws.plan(order))


async def test_what_was_accepted_is_drawn_once_nothing_is_in_the_way(
    app: App, outbox: Path, caplog: pytest.LogCaptureFixture
) -> None:
    job = await accepted(app)
    await app.start()
    with refuses("engine.no_outbox"):
        await app.wait_ready()
    assert str(outbox) in caplog.text
    outbox.unlink()
    async with asyncio.timeout(TIMEOUT_S):
        view = await app.jobs.wait(job.id)
    assert (view.job.state, view.job.attempt) == (JobState.DONE, 1)
    await app.wait_ready()
    assert app.base.refusal is None


async def test_who_asks_meanwhile_is_told_the_reason(app: App) -> None:
    await app.start()
    with refuses("engine.no_outbox"):
        await app.wait_ready()
    with refuses("engine.no_outbox"):
        await accepted(app)
    assert await app.store.jobs.active() == ()


async def test_the_base_is_remembered_after_a_late_start(
    app: App, outbox: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await app.start()
    with refuses("engine.no_outbox"):
        await app.wait_ready()
    outbox.unlink()
    async with asyncio.timeout(TIMEOUT_S):
        while "the engine is ready on" not in caplog.text:  # noqa: ASYNC110 - only the log tells
            await asyncio.sleep(0.02)
    app.base.require()


async def test_no_training_is_begun_for_a_base_that_an_earlier_engine_told(house: House) -> None:
    async with house.open():
        pass
    replaced = FakeScript(
        outbox=house.outbox, ready=dataclasses.replace(FAKE_READY, base_sha256="e" * 64)
    )
    async with open_app(house.settings, engine=FakeEngine(replaced), clock=house.clock) as app:
        await app.base.recall(app.store)
        assert app.base.sha256 == FAKE_READY.base_sha256
        with refuses("engine.starting"):
            await start_training(app)
        await app.start()
        await app.wait_ready()
        (draft,) = await app.store.datasets.drafts_of(ANA)  # nothing was sealed
        job = await app.trainings.start(draft.id, owner_id=ANA)
        view = await app.jobs.wait(job.id)
        assert view.version is not None
        assert view.version.base_sha256 == "e" * 64


async def test_a_base_that_cannot_be_opened_is_told_to_who_asks(tmp_path: Path) -> None:
    settings = Settings(state_dir=tmp_path / "state", base_model=str(tmp_path / ("x" * 300)))
    async with open_app(settings) as app:
        with refuses("engine.base_unreadable"):
            await accepted(app)


async def test_the_doctor_is_told_the_reason(
    app: App, settings: Settings, outbox: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await app.start()
    with refuses("engine.no_outbox"):
        await app.wait_ready()
    assert await run_doctor(settings, Texts("en"), quick=True) == 1
    assert str(outbox) in capsys.readouterr().out
