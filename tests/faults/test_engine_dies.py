"""kill -9 on the engine's process: the bot notices, starts another, and the job goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.app import App, open_app
from bot.config import Settings
from bot.services import recipes
from bot.services.draws import DrawOrder
from bot.services.jobs import JobView
from data.models import JobState
from engine.protocol import TrainRecipe
from engine.supervisor import ProcessEngine
from tests.faults.kills import ROOT
from tests.faults.victim import scripted
from tests.services.conftest import ANA, GUILD, Screen, drawings

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX")
#: So many that a slow training is far from its end when it is killed.
CHECKPOINTS = 60


@pytest.fixture
async def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[App]:
    recipe = TrainRecipe(checkpoints=CHECKPOINTS)
    monkeypatch.setattr(recipes, "recipe_for", lambda name, family, drawings: recipe)
    settings = Settings(state_dir=tmp_path / "state", train_steps=120)
    async with open_app(settings, engine=scripted(settings)) as app:
        await app.start()
        await app.wait_ready()
        yield app


def kill(app: App) -> int:
    assert isinstance(app.engine, ProcessEngine)
    pid = app.engine.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    return pid


async def test_killed_in_the_middle_of_a_training_it_ends_done_and_resumed(app: App) -> None:
    screen = Screen()
    app.attach(screen)
    report = await app.datasets.add(ANA, drawings(6, "!slow"), name="ink", guild_id=GUILD)
    job = await app.trainings.start(report.dataset.id, owner_id=ANA)
    killed: int | None = None
    bare: tuple[str, ...] = ()
    view = await app.jobs.view(job.id)
    async for view in app.jobs.follow(job.id):
        if killed is None and len(view.checkpoints) >= 3:
            killed = kill(app)
            bare = bare_of(view)
    assert view.job.state is JobState.DONE
    assert view.job.attempt == 2
    steps = [checkpoint.step for checkpoint in view.checkpoints]
    assert steps == [2 * number for number in range(1, CHECKPOINTS + 1)]
    assert isinstance(app.engine, ProcessEngine)
    assert app.engine.pid not in (None, killed)
    assert bare_of(view) == bare != ()
    assert view.losses[-1].step == 120
    assert [point.step for point in view.losses] == sorted({p.step for p in view.losses})
    for column in await app.theatre.reveal(view):
        for sha256 in (column.own_sha256, column.bare_sha256, column.styled_sha256):
            assert sha256 is not None
            assert await app.blobs.exists(sha256)


def bare_of(view: JobView) -> tuple[str, ...]:
    assert view.version is not None
    return view.version.bare_sha256s


async def test_draws_that_waited_are_drawn_by_the_next_engine(app: App) -> None:
    order = DrawOrder(owner_id=ANA, prompt="!slow cat", style="none", count=4)
    plan = await app.draws.plan(order)
    jobs = [await app.draws.request(plan) for _ in range(3)]
    kill(app)
    for job in jobs:
        view = await app.jobs.wait(job.id)
        assert view.job.state is JobState.DONE
        assert [picture.ordinal for picture in view.pictures] == [0, 1, 2, 3]


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_random_kills_leave_every_training_as_an_unbroken_one() -> None:
    """A few of what `python -m tests.faults.kills` does a hundred times."""
    told = subprocess.run(
        [sys.executable, "-m", "tests.faults.kills", "--kills", "4"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stdout + told.stderr[-2000:]
    assert "0 of them not as unbroken" in told.stdout
