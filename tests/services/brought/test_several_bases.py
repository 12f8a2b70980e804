"""A LoRA that its artist trained elsewhere, on a host with several bases."""

from __future__ import annotations

from pathlib import Path

from bot.services.imports import ImportOrder
from data.models import JobState, Place
from tests.engine.lora.foreign_files import write
from tests.engine.lora.malformed import good
from tests.services.conftest import ANA, CHANNEL, GUILD, House, drawings
from tests.services.several import SDXL_SHA256, several
from tests.services.test_imports import copy_configurations

HERE = Place(guild_id=GUILD, channel_id=CHANNEL, message_id=None)


async def test_it_is_shown_on_the_base_that_it_was_imported_for_or_a_chosen_one(
    house: House, tmp_path: Path
) -> None:
    copy_configurations(Path(house.settings.base_model))
    path = write(tmp_path / "ink.safetensors", good())
    async with several(house) as app:
        order = ImportOrder(owner_id=ANA, path=path, guild_id=GUILD)
        style = (await app.imports.take(order)).style
        async with app.db.write() as tx:  # the host's first base was another one then
            await tx.execute("UPDATE style_versions SET base_sha256 = ?", (SDXL_SHA256,))
        draft = (await app.brought.open(style.id, ANA)).draft
        await app.datasets.add(ANA, drawings(6), dataset_id=draft.id)
        assert (await app.trainings.plan(draft.id, ANA)).base == "sdxl"
        await app.base_choice.choose(draft.id, ANA, "builtin")
        assert not (await app.brought.open(style.id, ANA)).is_new
        job = await app.trainings.start(draft.id, owner_id=ANA, place=HERE)
        view = await app.jobs.wait(job.id)
        assert view.version is not None
        assert (view.version.family, view.job.state) == ("builtin", JobState.DONE)


async def test_a_draft_that_is_there_gets_base_and_word_once(house: House, tmp_path: Path) -> None:
    copy_configurations(Path(house.settings.base_model))
    told = {"modelspec.trigger_phrase": "inkstyle"}
    path = write(tmp_path / "ink.safetensors", good(), told)
    async with several(house) as app:
        order = ImportOrder(owner_id=ANA, path=path, guild_id=GUILD)
        style = (await app.imports.take(order)).style
        async with app.db.write() as tx:  # the host's first base was another one then
            await tx.execute("UPDATE style_versions SET base_sha256 = ?", (SDXL_SHA256,))
        report = await app.datasets.add(ANA, drawings(6), name="ink", guild_id=GUILD)
        opened = await app.brought.open(style.id, ANA)
        assert (opened.draft.id, opened.is_new) == (report.dataset.id, False)
        assert (await app.base_choice.of(opened.draft.id)).label == "sdxl"
        assert (await app.store.captions.settings(opened.draft.id)).trigger == "inkstyle"
        await app.base_choice.choose(opened.draft.id, ANA, "builtin")
        await app.captions.set_trigger(opened.draft.id, ANA, "mine")
        for given in (None, opened.draft.id):
            await app.brought.open(style.id, ANA, given)
            assert (await app.base_choice.of(opened.draft.id)).label == "builtin"
            assert (await app.store.captions.settings(opened.draft.id)).trigger == "mine"
