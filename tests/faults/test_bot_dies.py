"""kill -9 on the whole bot at every step: what was asked for ends done, in one message each."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from bot.app import App, open_app
from bot.config import Settings
from bot.services.dispatch import MAX_DEATHS
from data.models import Job, JobKind, JobState
from engine.fake import FakeEngine, FakeScript
from tests.faults.victim import OWNER

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX")

#: Those of the everyday run; the others are marked slow.
QUICK = ("recorded:after:2", "show:after:3", "bare:after:1")
POINTS = (
    *("seal:after:1", "create:before:1", "create:after:1", "create:after:2"),
    *("claim:after:1", "claim:before:2", "adopt:before:1", "adopt:after:1", "adopt:after:4"),
    *("bare:before:1", "loss:before:1", "loss:after:2"),
    *("checkpoint:before:1", "checkpoint:after:1", "checkpoint:after:5", "forget:after:2"),
    *("picture:before:1", "picture:after:1", "picture:after:3"),
    *("finish:before:1", "finish:after:1", "finish:before:2"),
    *("show:before:1", "show:after:1", "place:before:1", "react:before:1", "react:after:1"),
    *("mark:before:1", "mark:after:1", "mark:before:2"),
)
CASES = [*QUICK, *(pytest.param(point, marks=pytest.mark.slow) for point in POINTS)]


async def live(state: Path, chat: Path, point: str) -> int:
    """Run the bot as a process of its own; return how it ended."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.faults.victim", str(state), str(chat), point),
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    return await process.wait()


async def jobs_of(app: App) -> dict[JobKind, Job]:
    jobs = await app.store.jobs.of_owner(OWNER)
    assert len(jobs) == 2
    return {job.kind: job for job in jobs}


@pytest.mark.parametrize("point", CASES)
async def test_killed_at_a_step_everything_still_ends_done_in_one_message(
    tmp_path: Path, point: str
) -> None:
    state, chat = tmp_path / "state", tmp_path / "chat.json"
    assert await live(state, chat, point) == -signal.SIGKILL
    assert await live(state, chat, "-") == 0

    engine = FakeEngine(FakeScript(outbox=tmp_path / "outbox"))
    async with open_app(Settings(state_dir=state), engine=engine) as app:
        jobs = await jobs_of(app)
        for job in jobs.values():
            assert job.state is JobState.DONE
            assert job.announced_ms is not None
        await _check_training(app, jobs[JobKind.TRAIN])
        pictures = (await app.jobs.view(jobs[JobKind.DRAW].id)).pictures
        assert [picture.ordinal for picture in pictures] == [0, 1, 2]
    _check_messages(json.loads(chat.read_text()), jobs)


async def _check_training(app: App, job: Job) -> None:
    view = await app.jobs.view(job.id)
    saved = view.checkpoints
    assert [checkpoint.step for checkpoint in saved] == list(range(10, 101, 10))
    assert view.version is not None
    assert len(view.version.bare_sha256s) == len(saved[0].sample_sha256s) > 0
    assert (await app.store.rehearsals.losses(job.id))[-1].step == 100
    assert not any(checkpoint.state_sha256 for checkpoint in saved)
    for sha256 in await app.store.erasure.referenced():
        assert await app.blobs.exists(sha256)


def _check_messages(
    messages: list[dict[str, Any]], jobs: dict[JobKind, Job], end: JobState = JobState.DONE
) -> None:
    assert sorted(message["nonce"] for message in messages) == sorted(
        job.id for job in jobs.values()
    )
    for message in messages:
        assert message["states"][-1] == end
        job = next(job for job in jobs.values() if job.id == message["nonce"])
        assert job.place.message_id == message["id"]
        assert (message["seeded"] > 0) is (end is JobState.DONE)


async def test_a_training_that_lost_its_bot_goes_on_from_its_last_checkpoint(
    tmp_path: Path,
) -> None:
    state, chat = tmp_path / "state", tmp_path / "chat.json"
    await live(state, chat, "recorded:after:3")
    engine = FakeEngine(FakeScript(outbox=tmp_path / "outbox"))
    async with open_app(Settings(state_dir=state), engine=engine) as app:
        job = (await jobs_of(app))[JobKind.TRAIN]
        saved = (await app.jobs.view(job.id)).checkpoints
        assert [checkpoint.step for checkpoint in saved] == [10, 20, 30]
        await app.start()
        view = await app.jobs.wait(job.id)
        assert view.job.state is JobState.DONE
        assert view.job.attempt == 2
        request = next(one for one in engine.submitted if one.request_id.startswith(job.id))
        assert not request.bare  # type: ignore[union-attr]
        assert request.resume is not None  # type: ignore[union-attr]
        assert request.resume.sha256 == saved[-1].state_sha256  # type: ignore[union-attr]


async def test_a_job_that_kills_the_bot_every_time_fails_in_one_message(tmp_path: Path) -> None:
    state, chat = tmp_path / "state", tmp_path / "chat.json"
    lives = 1
    while await live(state, chat, "adopt:before:1") != 0:
        lives += 1
        assert lives <= 2 * MAX_DEATHS + 1  # when both jobs never ran at the same time
    engine = FakeEngine(FakeScript(outbox=tmp_path / "outbox"))
    async with open_app(Settings(state_dir=state), engine=engine) as app:
        jobs = await jobs_of(app)
        for job in jobs.values():
            assert (job.state, job.error_key) == (JobState.FAILED, "job.bot_died")
            assert job.announced_ms is not None
    _check_messages(json.loads(chat.read_text()), jobs, JobState.FAILED)
