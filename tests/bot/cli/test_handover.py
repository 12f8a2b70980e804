"""A command on a state folder that a bot holds is done by that bot."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

import pytest

import bot.app
from bot.app import App, open_app
from bot.cli.arguments import parse
from bot.cli.work import draw, export, hands, train
from bot.config import Settings
from bot.i18n import Texts
from bot.services.handover import HandoverClient
from bot.services.wishes import DrawWish, Progressed, TrainWish
from data.models import HOST, JobState
from engine.fake import FakeEngine, FakeScript
from tests.services.conftest import refuses

EN = Texts("en")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(state_dir=tmp_path / "state")


@pytest.fixture
def engine(tmp_path: Path) -> FakeEngine:
    return FakeEngine(FakeScript(outbox=tmp_path / "outbox"))


def options(*arguments: str) -> argparse.Namespace:
    return parse(EN, arguments)


async def ignore(_progressed: Progressed) -> None:
    """Look away."""


async def test_train_draw_and_export_are_handed_over(
    settings: Settings, engine: FakeEngine, folder: Path, tmp_path: Path
) -> None:
    picture, file = tmp_path / "a.png", tmp_path / "a.safetensors"
    async with open_app(settings, engine=engine) as app:
        await app.start()
        assert await train(settings, EN, options("train", str(folder), "--style", "ink")) == 0
        drawing = options("draw", "cat", "--style", "ink", "--out", str(picture))
        assert await draw(settings, EN, drawing) == 0
        assert await export(settings, EN, options("export", "ink", "--out", str(file))) == 0
        assert len(engine.submitted) == 2
        assert len(await app.store.jobs.of_owner(HOST)) == 2
    assert picture.is_file()
    assert file.is_file()


async def test_a_refusal_comes_back_over_the_socket(settings: Settings, engine: FakeEngine) -> None:
    async with open_app(settings, engine=engine) as app:
        await app.start()
        with refuses("draw.score_range"):
            await HandoverClient(settings.state_dir).draw(
                DrawWish(prompt="cat score:11", style="none"), ignore
            )


async def test_a_holder_that_does_not_serve_is_named(settings: Settings) -> None:
    engine = FakeEngine(FakeScript(outbox=settings.state_dir / "outbox"))
    async with open_app(settings, engine=engine):
        with refuses("state.busy"):
            async with hands(settings) as worker:
                await worker.draw(DrawWish(prompt="cat", style="none"), ignore)


async def test_health_says_whether_the_engine_is_up(settings: Settings, engine: FakeEngine) -> None:
    async with open_app(settings, engine=engine) as app:
        await app.start()
        await app.wait_ready()
        health = await HandoverClient(settings.state_dir).health()
    assert (health.engine, health.device) == ("ready", "cpu")


async def test_health_says_why_the_engine_refuses(settings: Settings, engine: FakeEngine) -> None:
    engine.refuse_start("engine.base_missing", base="nowhere")
    async with open_app(settings, engine=engine) as app:
        await app.start()
        with refuses("engine.base_missing"):
            await app.wait_ready()
        health = await HandoverClient(settings.state_dir).health()
    assert (health.engine, health.key, health.facts) == (
        "refused", "engine.base_missing", {"base": "nowhere"},
    )  # fmt: skip


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


async def test_ctrl_c_stops_the_job_of_a_command(
    settings: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch
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
    command.cancel()
    await asyncio.gather(command, return_exceptions=True)
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
    from bot.services.hostwork import list_folder

    uploads = list_folder(Path(wish.folder))
    draft = await app.datasets.add(HOST, uploads, name=wish.style)
    return (await app.trainings.start(draft.dataset.id, owner_id=HOST)).id
