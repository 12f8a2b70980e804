"""Several bases on one host: what is drawn and trained on which."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator

import pytest

from bot.app import App
from bot.services.captioners import CaptionerChoice
from bot.services.tasks import read_draw_task
from data.captions import CaptionChange, CaptionSource
from data.models import JobState, StyleId
from engine.fake import FAKE_READY, FakeEngine
from tests.services.conftest import ANA, BO, GUILD, House, png, refuses, start_training, upload
from tests.services.several import SDXL_SHA256, engine_of, order, sdxl_place, several


@pytest.fixture
async def engine(house: House) -> FakeEngine:
    return engine_of(house)


@pytest.fixture
async def app(house: House, engine: FakeEngine) -> AsyncIterator[App]:
    async with several(house, engine) as app:
        yield app


async def train(app: App, base: str | None, name: str = "ink") -> StyleId:
    report = await app.datasets.add(
        ANA, [upload(f"{n}.png", png(n)) for n in range(6)], name=name, guild_id=GUILD
    )
    if base is not None:
        await app.base_choice.choose(report.dataset.id, ANA, base)
    job = await app.trainings.start(report.dataset.id, owner_id=ANA)
    view = await app.jobs.wait(job.id)
    assert view.job.state is JobState.DONE, view.job.error_key
    assert job.style_id is not None
    return job.style_id


async def test_every_base_is_seen_once_and_remembered(house: House, engine: FakeEngine) -> None:
    async with several(house, engine) as app:
        assert app.bases.sha256s == (FAKE_READY.base_sha256, SDXL_SHA256)
        assert app.bases.named("SDXL").family.name == "sdxl"
    again = engine_of(house)
    async with several(house, again):
        assert sdxl_place(house) not in again.switched, "its hash is known"


async def test_a_draw_goes_to_the_base_that_it_names(app: App, engine: FakeEngine) -> None:
    for base, name in (("sdxl", "sdxl-base"), (None, "builtin"), ("sdxl", "sdxl-base")):
        job = await app.draws.request(await app.draws.plan(order(base)))
        view = await app.jobs.wait(job.id)
        assert (view.job.state, view.job.attempt) == (JobState.DONE, 1)
        assert engine.begun_on[-1] == (f"{job.id}.1", name)
        recipe = read_draw_task(job).recipes[0]
        assert (recipe.base, recipe.family) == (name, "sdxl" if base else "builtin")


async def test_again_stays_on_the_base(app: App) -> None:
    job = await app.draws.request(await app.draws.plan(order("sdxl")))
    assert (await app.draws.again(job.id, BO)).base == "sdxl"


async def test_a_base_that_is_not_there_is_named_with_those_that_are(app: App) -> None:
    with refuses("bases.unknown") as refusal:
        await app.draws.plan(order("flux"))
    assert refusal.value.facts == {"base": "flux", "names": "builtin, sdxl, broken"}


async def test_scores_are_asked_of_the_base_that_draws(app: App) -> None:
    scored = dataclasses.replace(order("sdxl"), score=7)
    with refuses("draw.score_none"):
        await app.draws.plan(scored)
    assert await app.draws.plan(dataclasses.replace(scored, base=None))


async def test_a_base_that_cannot_be_loaded_fails_its_own_jobs_alone(
    app: App, engine: FakeEngine
) -> None:
    job = await app.draws.request(await app.draws.plan(order("broken")))
    view = await app.jobs.wait(job.id)
    assert (view.job.state, view.job.error_key) == (JobState.FAILED, "engine.base_missing")
    fine = await app.draws.request(await app.draws.plan(order()))
    assert (await app.jobs.wait(fine.id)).job.state is JobState.DONE


async def test_jobs_of_a_base_that_the_host_took_away_end_in_a_sentence(
    house: House, engine: FakeEngine
) -> None:
    async with several(house, engine) as app:
        engine.hold()
        job = await app.draws.request(await app.draws.plan(order("sdxl")))
        await engine.reached(f"{job.id}.1")
    async with house.open() as app:
        view = await app.jobs.wait(job.id)
    assert (view.job.state, view.job.error_key) == (JobState.FAILED, "job.base_gone")


async def test_a_style_has_versions_per_base(app: App, engine: FakeEngine) -> None:
    style_id = await train(app, None)
    with refuses("bases.no_version") as refusal:
        await app.draws.plan(order("sdxl", style="ink"))
    assert refusal.value.facts == {"name": "ink", "base": "sdxl"}
    opened = await app.collection.anew_from(style_id, ANA)
    await app.base_choice.choose(opened.draft.id, ANA, "sdxl")
    job = await app.trainings.start(opened.draft.id, owner_id=ANA)
    await app.jobs.wait(job.id)
    assert (f"{job.id}.1", "sdxl-base") in engine.begun_on
    newest = await app.draws.plan(order(style="ink"))
    first = await app.draws.plan(order("builtin", style="ink"))
    assert [plan.style.version.number for plan in (newest, first)] == [2, 1]  # type: ignore[union-attr]
    assert [plan.recipes[0].family for plan in (newest, first)] == ["sdxl", "builtin"]
    style = await app.store.styles.get(style_id)
    assert await app.styles.bases_of(style, ANA, GUILD) == ("builtin", "sdxl")


async def test_what_others_draw_with_is_the_newest_shared_version(app: App) -> None:
    style_id = await train(app, "sdxl")
    await app.sharing.publish(style_id, ANA)
    await train(app, None)
    plan = await app.draws.plan(order(owner=BO, style="ink"))
    assert plan.recipes[0].base_sha256 == SDXL_SHA256
    with refuses("bases.no_version"):
        await app.draws.plan(order("builtin", owner=BO, style="ink"))


async def test_the_next_version_is_trained_on_the_same_base(app: App) -> None:
    style_id = await train(app, "sdxl")
    opened = await app.collection.anew_from(style_id, ANA)
    assert (await app.base_choice.of(opened.draft.id)).label == "sdxl"
    assert (await app.trainings.plan(opened.draft.id, ANA)).base == "sdxl"


async def test_the_host_may_keep_the_choice_to_itself(house: House, engine: FakeEngine) -> None:
    async with several(house, engine, draw_bases=False) as app:
        with refuses("bases.fixed"):
            app.draws.check_choice("sdxl")
        app.draws.check_choice(None)


async def test_words_of_a_machine_are_read_again_in_the_other_language(
    house: House, engine: FakeEngine
) -> None:
    async with several(house, engine, tagger_model="tagger", blip_model="blip") as app:
        report = await app.datasets.add(
            ANA, [upload(f"{n}.png", png(n)) for n in range(3)], name="ink"
        )
        dataset_id = report.dataset.id
        await app.reader.settle(dataset_id)
        mine, changed, _ = (one.id for one in await app.store.datasets.drawings(dataset_id))
        await app.captions.edit(mine, ANA, "my own words")
        tag_kept = {changed: ("cat, sat", CaptionSource.TAGGER)}
        await app.store.captions.change(dataset_id, CaptionChange.ADD, tag_kept, 1)
        await app.base_choice.choose(dataset_id, ANA, "sdxl")
        await app.reader.settle(dataset_id)
        after = await app.store.datasets.drawings(dataset_id)
        assert [one.source for one in after] == [
            CaptionSource.ARTIST, CaptionSource.TAGGER, CaptionSource.BLIP,
        ]  # fmt: skip
        assert [one.caption for one in after[:2]] == ["my own words", "cat, sat"]
        await app.base_choice.choose(dataset_id, ANA, "builtin")
        await app.reader.settle(dataset_id)
        last = (await app.store.datasets.drawings(dataset_id))[-1]
        assert last.source is CaptionSource.TAGGER


async def test_without_a_captioner_for_it_words_stay(house: House, engine: FakeEngine) -> None:
    async with several(house, engine, tagger_model="tagger") as app:
        report = await app.datasets.add(ANA, [upload("a.png", png(1))], name="ink")
        await app.reader.settle(report.dataset.id)
        before = await app.store.datasets.drawings(report.dataset.id)
        await app.base_choice.choose(report.dataset.id, ANA, "sdxl")
        assert await app.store.datasets.drawings(report.dataset.id) == before
        choice = (await app.reader.reading(report.dataset.id)).captioner
        assert choice == CaptionerChoice(kind="wd", model="tagger")


async def test_a_sealed_set_keeps_its_base(app: App) -> None:
    job = await start_training(app)
    await app.jobs.wait(job.id)
    (dataset,) = await app.store.datasets.of_owner(ANA)
    with refuses("train.sealed"):
        await app.base_choice.choose(dataset.id, ANA, "sdxl")
