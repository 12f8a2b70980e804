"""Erasing a person: rows, files, running jobs."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from bot.app import App
from bot.services.draws import DrawOrder
from bot.services.findings import _alike  # pyright: ignore[reportPrivateUsage]
from bot.services.recording import Recorder
from data.models import JobId, OwnerId, StyleVersion
from data.repos.styles import StyleRepo
from engine.fake import FakeEngine
from engine.pictures.recipe import Recipe
from engine.protocol import CheckpointSaved, FileRef, PictureDrawn
from tests.services.conftest import (
    ANA,
    BO,
    CHANNEL,
    GUILD,
    House,
    drawings,
    start_training,
    trained,
)


def files(app: App) -> set[str]:
    found = app.settings.state_dir.glob("blobs/*/*")
    return {path.name for path in found if len(path.name) == 64}


async def test_nothing_of_a_person_is_left(app: App) -> None:
    await trained(app, name="ink")
    wanted = DrawOrder(owner_id=ANA, prompt="cat", style="ink", guild_id=GUILD)
    job = await app.draws.request(await app.draws.plan(wanted))
    await app.jobs.wait(job.id)
    await app.datasets.add(ANA, drawings(3), name="draft")
    gone = await app.privacy.erase(ANA)
    assert (gone.styles, gone.jobs, gone.pictures) == (1, 2, 4)
    assert files(app) == set()
    left = await app.privacy.holdings(ANA)
    assert (left.drawings, left.styles, left.jobs, left.pictures, left.votes) == (0, 0, 0, 0, 0)


async def test_no_drawing_stays_in_memory(app: App) -> None:
    report = await app.datasets.add(ANA, drawings(3), name="ink")
    await app.mending.findings(report.dataset.id)
    assert _alike.cache_info().currsize > 0
    await app.privacy.erase(ANA)
    assert _alike.cache_info().currsize == 0


async def test_whoever_keeps_pictures_is_told_of_every_erasure(app: App) -> None:
    told: list[str] = []
    app.privacy.on_erased(lambda: told.append("forget"))
    await app.privacy.erase(ANA)
    await app.privacy.erase(BO)
    assert told == ["forget", "forget"]


async def test_others_keep_what_is_theirs_even_equal_files(app: App) -> None:
    mine = await app.datasets.add(ANA, drawings(3), name="a")
    theirs = await app.datasets.add(BO, drawings(3), name="b")
    assert [one.sha256 for one in mine.drawings] == [one.sha256 for one in theirs.drawings]
    await app.privacy.erase(ANA)
    assert files(app) == {one.sha256 for one in theirs.drawings}


async def test_a_running_training_is_stopped_first(app: App, engine: FakeEngine) -> None:
    job = await start_training(app, caption="!forever")
    waiting = await start_training(app, name="two", caption="!forever")
    await app.privacy.erase(ANA)
    assert await app.store.jobs.active() == ()
    assert f"{job.id}.1" in engine.cancelled
    assert waiting.id not in {request.request_id.split(".")[0] for request in engine.submitted}
    assert files(app) == set()


async def test_orphan_files_are_swept_at_the_start(house: House) -> None:
    async with house.open() as app:
        kept = (await app.datasets.add(ANA, drawings(2), name="a")).drawings
        await app.blobs.put_bytes(b"of a row that was never written")
    async with house.open() as app:
        assert files(app) == {one.sha256 for one in kept}


async def test_a_deleted_style_leaves_no_file_but_its_pictures(app: App) -> None:
    view = await trained(app, name="ink")
    assert view.job.style_id is not None
    wanted = DrawOrder(owner_id=ANA, prompt="cat", style="ink", guild_id=GUILD, channel_id=CHANNEL)
    job = await app.draws.request(await app.draws.plan(wanted))
    pictures = (await app.jobs.wait(job.id)).pictures
    await app.style_care.delete(view.job.style_id, ANA)
    drawn_on = await app.store.datasets.of_owner(ANA)
    kept = {one.sha256 for one in await app.store.datasets.drawings(drawn_on[0].id)}
    assert files(app) == kept | {picture.sha256 for picture in pictures}
    assert await app.styles.suggest("", ANA, GUILD) == ()


async def test_quiet_jobs_are_seen_by_their_owner_alone(app: App) -> None:
    job = await start_training(app, quiet=True, caption="!forever")
    (entry,) = await app.jobs.queue(ANA, GUILD, set())
    assert (entry.view.job.id, entry.readable) == (job.id, True)
    assert await app.jobs.queue(OwnerId(77), GUILD, {CHANNEL}) == ()
    await app.jobs.cancel(job.id, ANA)


def late(folder: Path, name: str) -> FileRef:
    """A file that was made before the engine heard of the erasure."""
    path = folder / name
    path.write_bytes(name.encode())
    return FileRef(path=str(path), sha256=hashlib.sha256(name.encode()).hexdigest())


def checkpoint(style: FileRef, state: FileRef, *samples: FileRef) -> CheckpointSaved:
    return CheckpointSaved(
        request_id="r", step=1, steps=2, loss=0.1, held_out_loss=None,
        style=style, state=state, samples=samples,
    )  # fmt: skip


async def test_a_picture_that_comes_after_the_erasure_leaves_no_file(
    app: App, tmp_path: Path
) -> None:
    job = await start_training(app, caption="!forever")
    file = late(tmp_path, "late.png")
    await app.privacy.erase(ANA)
    recorder = Recorder(app.store, app.feed, app.clock, job, (0,))
    recipe = Recipe(prompt="cat", positive="cat", seed=1)
    await recorder.picture(PictureDrawn(request_id="r", index=0, file=file, recipe=recipe))
    await recorder.held_picture()  # as at the job's end
    assert files(app) == set()
    assert not Path(file.path).exists()


async def test_a_checkpoint_that_comes_after_the_erasure_leaves_no_file(
    app: App, tmp_path: Path
) -> None:
    job = await start_training(app, caption="!forever")
    style, state, sample = (late(tmp_path, name) for name in ("a", "b", "c"))
    await app.privacy.erase(ANA)
    recorder = Recorder(app.store, app.feed, app.clock, job, ())
    await recorder.checkpoint(checkpoint(style, state, sample))
    assert files(app) == set()
    assert not any(Path(file.path).exists() for file in (style, state, sample))


async def test_a_checkpoint_that_is_being_stored_during_the_erasure_leaves_no_file(
    app: App, engine: FakeEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.hold()
    job = await start_training(app)
    await engine.reached(f"{job.id}.1")
    find = StyleRepo.version_of_job

    async def erased_meanwhile(repo: StyleRepo, job_id: JobId) -> StyleVersion | None:
        monkeypatch.undo()
        version = await find(repo, job_id)
        await app.privacy.erase(ANA)
        return version

    monkeypatch.setattr(StyleRepo, "version_of_job", erased_meanwhile)
    recorder = Recorder(app.store, app.feed, app.clock, job, ())
    style, state = (late(tmp_path, name) for name in ("a", "b"))
    await recorder.checkpoint(checkpoint(style, state))
    assert files(app) == set()
    assert not any(Path(file.path).exists() for file in (style, state))
