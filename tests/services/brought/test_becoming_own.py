"""A LoRA that its artist trained elsewhere becomes their own style, without a training step."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.app import App, open_app
from bot.clock import ManualClock
from bot.config import Settings
from bot.services.imports import ImportOrder
from bot.services.jobs import JobView
from bot.services.orders import DrawOrder
from bot.services.recording import Recorder
from bot.services.tasks import read_train_task
from data.models import Job, JobState, OwnerId, Place, Style
from engine.fake import FakeEngine, FakeScript
from engine.lora.reading import read_header
from engine.outbox import Outbox
from engine.protocol import StyleShown, TrainRequest
from tests.engine.lora.foreign_files import write
from tests.engine.lora.malformed import good
from tests.services.conftest import (
    ANA,
    BO,
    CHANNEL,
    GUILD,
    drawings,
    png,
    refuses,
    trained,
)

HERE = Place(guild_id=GUILD, channel_id=CHANNEL, message_id=None)


async def begun(app: App, style: Style, count: int = 30, *, quiet: bool = False) -> Job:
    opened = await app.brought.open(style.id, ANA)
    await app.datasets.add(ANA, drawings(count), dataset_id=opened.draft.id)
    return await app.trainings.start(opened.draft.id, owner_id=ANA, place=HERE, quiet=quiet)


async def done(app: App, style: Style, count: int = 30) -> JobView:
    return await app.jobs.wait((await begun(app, style, count)).id)


async def sha_of(app: App, style: Style) -> str:
    card = await app.store.styles.card(style.id, ANA, GUILD)
    assert card is not None
    assert card.checkpoint is not None
    return card.checkpoint.style_sha256


async def test_it_becomes_an_own_style_of_the_same_file(
    app: App, engine: FakeEngine, style: Style
) -> None:
    before = await sha_of(app, style)
    view = await done(app, style)
    assert view.job.state is JobState.DONE
    assert view.style is not None
    assert view.style.source_file is None
    assert await sha_of(app, style) == before
    [version] = await app.store.styles.versions(style.id)
    assert (version.number, version.job_id) == (1, view.job.id)
    assert json.loads(version.recipe_json) == {"trained_elsewhere": "ink.safetensors"}
    [checkpoint] = view.checkpoints
    assert (checkpoint.step, checkpoint.steps, checkpoint.loss) == (0, 0, None)
    assert checkpoint.held_out_loss is not None
    [asked] = [one for one in engine.submitted if isinstance(one, TrainRequest)]
    assert asked.finished is not None
    assert asked.finished.sha256 == before
    assert sum(drawing.held_out for drawing in asked.drawings) == 5
    file = await app.sharing.style_file(style.id, ANA)
    told = read_header(Path(file.path)).metadata
    assert told["ownhand.imported"] == "ink.safetensors"
    assert file.cover is not None, "the first sample goes with it"


async def test_the_reveal_shows_own_drawings_and_the_word_that_calls_it(
    app: App, style: Style
) -> None:
    view = await done(app, style)
    columns = await app.theatre.reveal(view)
    assert len(columns) == len(read_train_task(view.job).samples) > 0
    for column in columns:
        assert column.prompt.startswith("inkstyle, ")
        shas = {column.own_sha256, column.bare_sha256, column.styled_sha256}
        assert len(shas) == 3
        assert None not in shas
    order = DrawOrder(owner_id=ANA, prompt="", guild_id=GUILD)
    plan = await app.choice.at_weights(view, order)
    assert [recipe.adapters[0].weight for recipe in plan.recipes] == [0.6, 0.8, 1.0]


async def test_what_the_artist_said_is_kept_with_the_drawings(app: App, style: Style) -> None:
    view = await done(app, style)
    assert view.version is not None
    assert view.version.dataset_id is not None
    [consent] = await app.store.consents.of_dataset(view.version.dataset_id)
    assert (consent.kind, consent.text_version) == ("brought", "2-open")
    assert len(consent.drawing_sha256s) == 30


async def test_its_next_version_is_trained_from_its_drawings(app: App, style: Style) -> None:
    await done(app, style)
    opened = await app.collection.anew_from(style.id, ANA)
    assert opened.is_new
    plan = await app.trainings.plan(opened.draft.id, ANA)
    assert (plan.number, plan.brought, plan.drawings) == (2, None, 30)
    assert plan.steps > 0
    job = await app.trainings.start(opened.draft.id, owner_id=ANA, place=HERE)
    view = await app.jobs.wait(job.id)
    assert view.version is not None
    assert view.version.number == 2


async def test_what_was_shared_stays_shared(app: App, style: Style) -> None:
    await app.sharing.publish(style.id, ANA, guild_id=GUILD)
    view = await done(app, style)
    assert view.shared_number == 1
    assert (await app.draws.plan(DrawOrder(owner_id=BO, prompt="cat", guild_id=GUILD))).style


async def test_only_who_imported_it_may_say_so(app: App, style: Style) -> None:
    with refuses("style.not_yours"):
        await app.brought.open(style.id, BO)
    view = await trained(app, name="own")
    assert view.style is not None
    with refuses("brought.not_imported"):
        await app.brought.open(view.style.id, ANA)


async def test_too_few_drawings_make_nothing_ones_own(app: App, style: Style) -> None:
    with refuses("train.too_few"):
        await begun(app, style, 4)
    assert (await app.store.styles.get(style.id)).source_file == "ink.safetensors"


async def test_a_draft_is_opened_once_and_one_of_that_name_is_taken(app: App, style: Style) -> None:
    report = await app.datasets.add(ANA, drawings(6), name="Ink", guild_id=GUILD)
    with refuses("import.not_own"):
        await app.trainings.start(report.dataset.id, owner_id=ANA)
    for _ in range(2):
        opened = await app.brought.open(style.id, ANA)
        assert (opened.draft.id, opened.is_new) == (report.dataset.id, False)
    plan = await app.trainings.plan(report.dataset.id, ANA)
    assert (plan.brought, plan.steps, plan.number) == ("ink.safetensors", 0, 1)


async def test_one_that_is_cancelled_stays_imported_and_can_be_said_again(
    app: App, engine: FakeEngine, style: Style
) -> None:
    engine.hold()
    job = await begun(app, style, 6)
    await engine.reached(f"{job.id}.1")
    with refuses("style.in_training"):
        await app.brought.open(style.id, ANA)
    await app.jobs.cancel(job.id, ANA)
    assert (await app.jobs.wait(job.id)).job.state is JobState.CANCELLED
    kept = await app.store.styles.get(style.id)
    assert kept.source_file == "ink.safetensors"
    assert await app.draws.plan(DrawOrder(owner_id=ANA, prompt="cat", style="ink", guild_id=GUILD))
    engine.release()
    opened = await app.brought.open(style.id, ANA)
    assert opened.is_new
    assert len(await app.store.datasets.drawings(opened.draft.id)) == 6
    again = await app.trainings.start(opened.draft.id, owner_id=ANA, place=HERE)
    assert (await app.jobs.wait(again.id)).job.state is JobState.DONE
    assert (await app.store.styles.get(style.id)).source_file is None


async def test_of_a_cancelled_try_no_drawings_and_no_number_are_left(
    app: App, engine: FakeEngine, style: Style
) -> None:
    engine.hold()
    job = await begun(app, style, 6)
    await engine.reached(f"{job.id}.1")
    await app.jobs.cancel(job.id, ANA)
    await app.jobs.wait(job.id)
    engine.release()
    view = await done(app, style, 9)
    assert view.job.state is JobState.DONE
    [version] = await app.store.styles.versions(style.id)
    assert (version.number, version.job_id) == (1, view.job.id)
    opened = await app.collection.anew_from(style.id, ANA)
    assert version.dataset_id is not None
    kept = await app.store.datasets.drawings(version.dataset_id)
    again = await app.store.datasets.drawings(opened.draft.id)
    assert [one.sha256 for one in again] == [one.sha256 for one in kept]
    assert len(again) == 9
    assert (await app.trainings.plan(opened.draft.id, ANA)).number == 2
    assert (await app.jobs.view(job.id)).job.state is JobState.CANCELLED


async def test_what_a_lost_attempt_says_makes_nothing_ones_own(
    app: App, engine: FakeEngine, style: Style, tmp_path: Path
) -> None:
    engine.hold()
    job = await begun(app, style, 6)
    await engine.reached(f"{job.id}.1")
    late = await app.store.jobs.get(job.id)
    await app.store.jobs.requeue_running(1)
    sample = Outbox(tmp_path).put(png(77), ".png")
    said = StyleShown(request_id=f"{job.id}.1", held_out_loss=None, samples=(sample,))
    await Recorder(app.store, app.feed, app.clock, late, ()).rehearsal(said)
    assert (await app.store.styles.get(style.id)).source_file == "ink.safetensors"
    assert len(await app.store.styles.versions(style.id)) == 2
    assert not app.blobs.path(sample.sha256).exists()


@pytest.mark.parametrize("cancelled_before", [True, False])
async def test_what_is_made_ones_own_is_done_and_cancelled_no_more(
    app: App, engine: FakeEngine, style: Style, tmp_path: Path, *, cancelled_before: bool
) -> None:
    engine.hold()
    job = await begun(app, style, 6)
    await engine.reached(f"{job.id}.1")
    if cancelled_before:  # the engine does not know of it yet
        await app.store.jobs.request_cancel(job.id, 1)
    running = await app.store.jobs.get(job.id)
    sample = Outbox(tmp_path).put(png(77), ".png")
    said = StyleShown(request_id=f"{job.id}.1", held_out_loss=None, samples=(sample,))
    await Recorder(app.store, app.feed, app.clock, running, ()).rehearsal(said)
    with refuses("job.ended"):
        await app.jobs.cancel(job.id, ANA)
    await app.store.jobs.requeue_running(2)
    await engine.cancel(f"{job.id}.1")
    engine.release()
    await app.aclose()
    assert (await app.store.jobs.get(job.id)).state is JobState.DONE
    assert (await app.store.styles.get(style.id)).source_file is None


async def test_a_restart_in_between_ends_it_all_the_same(
    settings: Settings, tmp_path: Path
) -> None:
    def engine() -> FakeEngine:
        return FakeEngine(FakeScript(outbox=tmp_path / "outbox"))

    path = write(tmp_path / "ink.safetensors", good())
    clock = ManualClock()
    async with open_app(settings, engine=(held := engine()), clock=clock) as app:
        await app.start()
        await app.wait_ready()
        order = ImportOrder(owner_id=ANA, path=path, guild_id=GUILD)
        style = (await app.imports.take(order)).style
        held.hold()
        job = await begun(app, style, 6)
        await held.reached(f"{job.id}.1")
    async with open_app(settings, engine=engine(), clock=clock) as app:
        await app.start()
        view = await app.jobs.wait(job.id)
        assert view.job.state is JobState.DONE
        assert view.style is not None
        assert view.style.source_file is None
        assert len(view.checkpoints) == 1


async def test_its_file_is_known_when_its_artist_has_gone(
    app: App, style: Style, tmp_path: Path
) -> None:
    sha256 = await sha_of(app, style)
    await done(app, style)
    copy = tmp_path / "copy.safetensors"
    copy.write_bytes(app.blobs.path(sha256).read_bytes())
    await app.privacy.erase(ANA)
    assert await app.store.db.read().fetch_all("SELECT * FROM brought") == []
    assert await app.store.consents.of_owner(ANA) == ()
    assert not app.blobs.path(sha256).exists()
    with refuses("import.erased"):
        await app.imports.take(ImportOrder(owner_id=OwnerId(7), path=copy))


async def test_one_whose_base_the_host_has_no_more_is_refused(app: App, style: Style) -> None:
    opened = await app.brought.open(style.id, ANA)
    await app.datasets.discard(opened.draft.id, ANA)
    async with app.db.write() as tx:
        await tx.execute("UPDATE style_versions SET base_sha256 = ?", ("e" * 64,))
    with refuses("style.old_base") as refusal:
        await app.brought.open(style.id, ANA)
    assert refusal.value.facts["name"] == "ink"
    assert await app.store.datasets.drafts_of(ANA) == ()
