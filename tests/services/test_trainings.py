"""From drawings to a style."""

from __future__ import annotations

import asyncio
import dataclasses
import json

import pytest

from bot.app import App, open_app
from bot.errors import UserError
from bot.services import requests
from bot.services.tasks import read_train_task
from data.models import Job, JobState, Split
from engine.fake import FakeEngine
from engine.protocol import TrainRequest
from tests.services.conftest import (
    ANA,
    BO,
    GUILD,
    House,
    drawings,
    refuses,
    start_training,
    trained,
)


async def test_training_ends_done_with_a_style_that_can_be_drawn_with(app: App) -> None:
    view = await trained(app)
    assert view.job.state is JobState.DONE
    card = await app.styles.find("ink", ANA, GUILD)
    assert card.checkpoint is not None
    assert card.checkpoint.step == view.checkpoints[-1].step
    file = await app.sharing.style_file(card.style.id, ANA)
    assert file.path.is_file()
    assert file.file_name.startswith("ink-v1-")


def on_disk(app: App) -> set[str]:
    found = app.settings.state_dir.glob("blobs/*/*")
    return {path.name for path in found if len(path.name) == 64}


async def states_of(app: App, job: Job) -> list[str | None]:
    return [saved.state_sha256 for saved in (await app.jobs.view(job.id)).checkpoints]


async def two_checkpoints(app: App, job: Job) -> None:
    """Wait until the second checkpoint is kept, and of the first no state any more."""
    async with asyncio.timeout(10):
        while True:
            states, kept = await states_of(app, job), await app.store.erasure.referenced()
            if len(states) == 2 and states[1] and not states[0] and on_disk(app) == kept:
                return
            await asyncio.sleep(0.01)


async def test_only_the_newest_training_state_is_kept_and_none_after_the_end(
    app: App, engine: FakeEngine
) -> None:
    engine.hold(at_step=50)
    job = await start_training(app)
    await engine.reached(f"{job.id}.1")
    await two_checkpoints(app, job)
    assert on_disk(app) == await app.store.erasure.referenced()
    engine.release()
    view = await app.jobs.wait(job.id)
    assert not any(saved.state_sha256 for saved in view.checkpoints)
    assert on_disk(app) == await app.store.erasure.referenced()


@pytest.mark.parametrize("running", [True, False], ids=["running", "waiting again"])
async def test_a_cancelled_training_leaves_no_state(
    house: House, engine: FakeEngine, running: bool
) -> None:
    engine.hold(at_step=50)
    async with house.open(engine) as app:
        job = await start_training(app)
        await engine.reached(f"{job.id}.1")
        await two_checkpoints(app, job)
        if running:
            await app.jobs.cancel(job.id, ANA)
            await app.jobs.wait(job.id)
    async with open_app(house.settings, engine=house.engine(), clock=house.clock) as app:
        if not running:
            assert any(await states_of(app, job))
            await app.jobs.cancel(job.id, ANA)
        assert not any(await states_of(app, job))
        assert on_disk(app) == await app.store.erasure.referenced()


async def test_one_in_six_of_24_is_held_out_and_the_engine_is_told(
    app: App, engine: FakeEngine
) -> None:
    view = await trained(app, count=24)
    request = engine.submitted[0]
    assert isinstance(request, TrainRequest)
    assert sum(drawing.held_out for drawing in request.drawings) == 4
    stored = await app.store.datasets.drawings(view.version.dataset_id)  # type: ignore[union-attr]
    assert sum(drawing.split is Split.HELD_OUT for drawing in stored) == 4


async def test_start_keeps_consent_for_exactly_these_drawings(app: App) -> None:
    report = await app.datasets.add(ANA, drawings(6), name="ink")
    await app.trainings.start(report.dataset.id, owner_id=ANA, quiet=True)
    (consent,) = await app.store.consents.of_owner(ANA)
    assert consent.kind == "train"
    assert consent.text_version.endswith("quiet")
    assert set(consent.drawing_sha256s) == {one.sha256 for one in report.drawings}


async def test_same_name_again_is_a_new_version_of_the_style(app: App) -> None:
    first = await trained(app)
    report = await app.datasets.add(ANA, drawings(7), name="Ink", guild_id=GUILD)
    assert (await app.trainings.plan(report.dataset.id, ANA)).number == 2
    job = await app.trainings.start(report.dataset.id, owner_id=ANA)
    second = await app.jobs.wait(job.id)
    assert second.job.style_id == first.job.style_id
    assert second.version is not None
    assert second.version.number == 2


async def test_how_long_a_training_takes_is_said_once_one_was_measured(
    app: App, house: House, engine: FakeEngine
) -> None:
    report = await app.datasets.add(BO, drawings(6), name="oil", guild_id=GUILD)
    assert (await app.trainings.plan(report.dataset.id, BO)).seconds is None

    engine.hold(at_step=1)
    job = await start_training(app)
    await engine.reached(f"{job.id}.1")
    house.clock.advance(90_000)
    engine.release()
    await app.jobs.wait(job.id)
    assert (await app.trainings.plan(report.dataset.id, BO)).seconds == 90


async def test_too_few_drawings_are_refused_and_kept(app: App) -> None:
    report = await app.datasets.add(ANA, drawings(4), name="ink")
    with pytest.raises(UserError) as refusal:
        await app.trainings.start(report.dataset.id, owner_id=ANA)
    assert (refusal.value.key, refusal.value.facts["count"]) == ("train.too_few", 4)
    assert len((await app.datasets.report(report.dataset.id, ANA)).drawings) == 4


async def test_somebody_elses_drawings_cannot_be_trained_on(app: App) -> None:
    report = await app.datasets.add(ANA, drawings(6), name="ink")
    with refuses("train.unknown_dataset"):
        await app.trainings.start(report.dataset.id, owner_id=BO)


async def test_start_twice_trains_once(app: App) -> None:
    report = await app.datasets.add(ANA, drawings(6), name="ink")
    await app.trainings.start(report.dataset.id, owner_id=ANA)
    with refuses("train.sealed"):
        await app.trainings.start(report.dataset.id, owner_id=ANA)
    assert len(await app.store.jobs.of_owner(ANA)) == 1


async def test_only_the_owner_publishes_and_gets_the_file(app: App) -> None:
    view = await trained(app)
    style_id = view.job.style_id
    assert style_id is not None
    for attempt in (
        app.sharing.publish(style_id, BO),
        app.sharing.keep_private(style_id, BO),
        app.sharing.style_file(style_id, BO),
        app.sharing.choose_checkpoint(view.checkpoints[0].id, BO),
    ):
        with refuses("style.not_yours"):
            await attempt
    assert view.shared_number is None
    assert (await app.sharing.publish(style_id, ANA)).shared_number == 1
    assert (await app.styles.find("ink", BO, GUILD)).style.id == style_id
    assert (await app.sharing.keep_private(style_id, ANA)).shared_number is None


async def test_a_chosen_checkpoint_is_drawn_with(app: App) -> None:
    view = await trained(app)
    await app.sharing.choose_checkpoint(view.checkpoints[0].id, ANA)
    card = await app.styles.find("ink", ANA, GUILD)
    assert card.checkpoint is not None
    assert card.checkpoint.id == view.checkpoints[0].id


async def test_failed_training_says_why(app: App, engine: FakeEngine) -> None:
    engine.fail_next("engine.no_memory", needed=9)
    view = await trained(app)
    assert view.job.state is JobState.FAILED
    assert view.job.error_key == "engine.no_memory"
    assert view.job.error_facts == {"needed": "9"}


async def test_a_recipe_of_a_newer_version_is_shown_but_not_trained_by(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = (await trained(app)).job
    spelled = json.loads(job.request_json)
    spelled["recipe"] |= {"dora": True, "layers": "everything"}
    newer = dataclasses.replace(job, request_json=json.dumps(spelled))
    assert read_train_task(newer).recipe.rank == read_train_task(job).recipe.rank
    # Played: the rows of a newer version cannot be had here.
    read = requests.read_train_recipe
    monkeypatch.setattr(requests, "read_train_recipe", lambda _: read(newer))
    job = (await trained(app)).job
    assert (job.state, job.error_key) == (JobState.FAILED, "recipe.newer")
    assert job.error_facts == {"names": "dora, layers"}


async def test_engine_death_resumes_from_the_last_checkpoint(app: App, engine: FakeEngine) -> None:
    engine.hold(at_step=200)
    job = await start_training(app)
    await engine.reached(f"{job.id}.1")
    before = (await app.jobs.view(job.id)).checkpoints
    engine.release()
    engine.die()
    view = await app.jobs.wait(job.id)
    assert view.job.state is JobState.DONE
    assert view.job.attempt == 2
    again = engine.submitted[-1]
    assert isinstance(again, TrainRequest)
    if before:
        assert again.resume is not None
    steps = [checkpoint.step for checkpoint in view.checkpoints]
    assert steps == sorted(set(steps))


async def test_a_training_that_kills_the_engine_each_time_ends_failed(app: App) -> None:
    view = await trained(app, caption="!crash")
    assert view.job.state is JobState.FAILED
    assert view.job.error_key == "engine.lost"


async def test_restart_of_the_bot_goes_on_with_the_training(house: House) -> None:
    engine = house.engine()
    async with house.open(engine) as app:
        engine.hold(at_step=1)
        job = await start_training(app)
        await engine.reached(f"{job.id}.1")
    async with house.open() as app:
        view = await app.jobs.wait(job.id)
        assert view.job.state is JobState.DONE
        assert view.job.attempt == 2


async def test_the_samples_without_the_style_are_asked_for_once(
    app: App, engine: FakeEngine
) -> None:
    """An engine that dies after them is not asked for them again."""
    engine.hold(at_step=80)
    job = await start_training(app)
    await engine.reached(f"{job.id}.1")
    async with asyncio.timeout(10):
        while not (bare := await bare_of(app, job)):  # noqa: ASYNC110 - the engine is ahead
            await asyncio.sleep(0.01)
    assert len(bare) == len(read_train_task(job).samples) > 0
    assert set(bare) <= on_disk(app)
    engine.die()
    engine.release()
    await app.jobs.wait(job.id)
    first, second = (one for one in engine.submitted if isinstance(one, TrainRequest))
    assert (first.bare, second.bare) == (True, False)
    assert await bare_of(app, job) == bare


async def bare_of(app: App, job: Job) -> tuple[str, ...]:
    version = (await app.jobs.view(job.id)).version
    assert version is not None
    return version.bare_sha256s


async def test_the_loss_is_kept_as_it_falls(app: App) -> None:
    view = await trained(app)
    points = await app.store.rehearsals.losses(view.job.id)
    assert [point.step for point in points] == [saved.step for saved in view.checkpoints]
    assert [point.loss for point in points] == sorted((p.loss for p in points), reverse=True)
