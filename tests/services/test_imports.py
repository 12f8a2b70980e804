"""LoRA files that others made become styles that are marked as not one's own."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

import bot.services.imports
from bot.app import App, open_app
from bot.clock import ManualClock
from bot.config import Settings
from bot.services.hostwork import HostWork
from bot.services.imports import Imported, ImportOrder
from bot.services.orders import DrawOrder
from bot.services.wishes import ExportWish, ImportWish
from data.models import HOST, OwnerId
from engine.fake import FakeEngine, FakeScript
from engine.lora.reading import read_header
from engine.lora.thumbnails import plain_sha256, with_thumbnail
from tests.engine.lora.foreign_files import write
from tests.engine.lora.malformed import FILES, good
from tests.services.conftest import ANA, BO, GUILD, png, refuses, start_training, trained

BUILTIN = Path(__file__).parents[2] / "data/assets/builtin"
PARTS = ("unet", "text_encoder", "text_encoder_2")


def copy_configurations(base: Path) -> None:
    """Let a folder look like the built-in base, without its weights."""
    for part in PARTS:
        (base / part).mkdir(parents=True)
        shutil.copy(BUILTIN / part / "config.json", base / part)


@pytest.fixture
def loras(tmp_path: Path) -> Path:
    folder = tmp_path / "loras"
    (folder / "sub").mkdir(parents=True)
    write(folder / "ink.safetensors", good(), {"modelspec.trigger_phrase": "inkstyle"})
    write(folder / "sub" / "fog.safetensors", good())
    (folder / "notes.txt").write_text("nothing")
    return folder


@pytest.fixture
async def app(tmp_path: Path, loras: Path) -> AsyncIterator[App]:
    base = tmp_path / "builtin"
    copy_configurations(base)
    (base / "words.json").write_text(json.dumps({"tags": ["1girl", "cat"], "words": []}))
    settings = Settings(state_dir=tmp_path / "state", base_model=str(base), lora_dir=loras)
    engine = FakeEngine(FakeScript(outbox=tmp_path / "outbox"))
    async with open_app(settings, engine=engine, clock=ManualClock()) as app:
        await app.start()
        await app.wait_ready()
        yield app


async def take(
    app: App, path: Path, owner: OwnerId = ANA, name: str | None = None, *, host: bool = False
) -> Imported:
    order = ImportOrder(owner_id=owner, path=path, name=name, guild_id=GUILD, from_host=host)
    return await app.imports.take(order)


async def files_of(app: App) -> int:
    return len([file for file in app.settings.state_dir.glob("blobs/??/*") if file.is_file()])


async def test_an_imported_style_is_drawn_with_shared_and_exported(app: App, loras: Path) -> None:
    taken = await take(app, loras / "ink.safetensors")
    assert (taken.style.name, taken.layers, taken.rank) == ("ink", 1, 4)
    assert taken.trigger == "inkstyle"
    assert taken.style.source_file == "ink.safetensors"
    job = await app.draws.request(await app.draws.plan(order_of(ANA)))
    assert len((await app.jobs.wait(job.id)).pictures) == 1
    with refuses("style.unknown"):
        await app.draws.plan(order_of(BO))
    with refuses("style.not_yours"):
        await app.sharing.publish(taken.style.id, BO, guild_id=GUILD)
    await app.sharing.publish(taken.style.id, ANA, guild_id=GUILD)
    assert (await app.draws.plan(order_of(BO))).style is not None
    exported = await HostWork(app).export(ExportWish(style="ink"))
    header = read_header(Path(exported.path))
    assert header.metadata["ownhand.imported"] == "ink.safetensors"
    assert header.metadata["modelspec.trigger_phrase"] == "inkstyle"
    assert len(header.tensors) == 3
    again = await take(app, Path(exported.path), name="twin")
    assert again.layers == taken.layers


async def test_the_words_that_call_it_stay_in_a_russian_prompt(app: App, tmp_path: Path) -> None:
    told = {"modelspec.trigger_phrase": "лиса, кошка"}
    await take(app, write(tmp_path / "a.safetensors", good(), told), name="ink")
    order = dataclasses.replace(order_of(ANA), prompt="лиса, кошка, лес")
    assert (await app.draws.plan(order)).recipes[0].positive == "лиса, кошка, forest"


def order_of(owner: OwnerId) -> DrawOrder:
    return DrawOrder(owner_id=owner, prompt="cat", style="ink", count=1, guild_id=GUILD)


@pytest.mark.parametrize("name", ["nan", "sd15", "pickle", "dora", "truncated"])
async def test_what_is_refused_leaves_nothing_behind(app: App, tmp_path: Path, name: str) -> None:
    key, make = FILES[name]
    make(path := tmp_path / f"{name}.safetensors")
    before = await files_of(app)
    with refuses(key):
        await take(app, path)
    assert await files_of(app) == before
    assert await app.styles.of_owner(ANA) == ()


async def test_a_name_is_taken_once_and_the_rest_stays(app: App, loras: Path) -> None:
    await take(app, loras / "ink.safetensors")
    before = await files_of(app)
    with refuses("import.name_taken"):
        await take(app, loras / "sub" / "fog.safetensors", name="Ink")
    assert await files_of(app) == before
    with refuses("style.name_bad"):
        await take(app, loras / "ink.safetensors", name="/etc")


async def test_nobody_imports_without_end(
    app: App, loras: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.services.imports, "MOST_PER_PERSON", 1)
    await take(app, loras / "ink.safetensors")
    with refuses("import.too_many"):
        await take(app, loras / "ink.safetensors", name="more")
    await take(app, loras / "ink.safetensors", BO)
    for name in ("one", "two"):
        await take(app, loras / "ink.safetensors", HOST, name)


async def test_an_own_style_is_never_trained_into_an_imported_one(app: App, loras: Path) -> None:
    await take(app, loras / "ink.safetensors")
    with refuses("import.not_own"):
        await start_training(app, name="ink")


async def test_an_erased_artists_file_does_not_come_back(app: App, tmp_path: Path) -> None:
    view = await trained(app, name="mine")
    assert view.job.style_id is not None
    # The fake engine's styles are no LoRA files; what counts is the checksum.
    path = tmp_path / "copied.safetensors"
    write(path, good())
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    async with app.db.write() as tx:
        await tx.execute("UPDATE checkpoints SET style_sha256 = ?", (sha256,))
    await app.store.erasure.erase(ANA, 1)
    with refuses("import.erased"):
        await take(app, path, BO)


async def test_nor_does_it_as_it_was_handed_out(app: App, tmp_path: Path) -> None:
    await trained(app, name="mine")
    path, handed = tmp_path / "own.safetensors", tmp_path / "handed.safetensors"
    write(path, dict(sorted(good().items())))  # as all files of ours are
    with_thumbnail(path, handed, b"a picture", hashlib.sha256(path.read_bytes()).hexdigest())
    sha256 = plain_sha256(handed, read_header(handed))
    async with app.db.write() as tx:
        await tx.execute("UPDATE checkpoints SET style_sha256 = ?", (sha256,))
    await app.store.erasure.erase(ANA, 1)
    with refuses("import.erased"):
        await take(app, handed, BO)


async def test_erasing_an_importer_bans_nobody_elses_file(app: App, loras: Path) -> None:
    taken = await take(app, loras / "ink.safetensors")
    file = await app.sharing.style_file(taken.style.id, ANA)
    await app.store.erasure.erase(ANA, 1)
    assert not await app.store.erasure.was_erased(file.sha256)
    assert (await take(app, loras / "ink.safetensors", BO)).layers == 1


async def test_what_lies_beside_a_host_file_is_read(app: App, loras: Path) -> None:
    (loras / "ink.json").write_text(json.dumps({"activation text": "ink wash, sumi"}))
    civitai = {"model": {"name": "Sumi\u202e ink"}, "trainedWords": ["other"]}
    (loras / "ink.civitai.info").write_text(json.dumps(civitai))
    (loras / "ink.preview.png").write_bytes(png(3))
    taken = await take(app, loras / "ink.safetensors", host=True)
    assert (taken.trigger, taken.title) == ("ink wash, sumi", "Sumi ink")
    file = await app.sharing.style_file(taken.style.id, ANA)
    assert file.cover is not None
    assert file.cover.read_bytes().startswith(b"\x89PNG")
    stranger = await take(app, loras / "ink.safetensors", BO)
    assert stranger.trigger == "inkstyle", "beside what a stranger hands over lies nothing"


@pytest.mark.parametrize("data", [png(5), b"no picture", b""], ids=["picture", "noise", "empty"])
@pytest.mark.parametrize("key", ["modelspec.thumbnail", "ssmd_cover_images"])
async def test_a_preview_is_decoded_apart_or_left_out(
    app: App, tmp_path: Path, key: str, data: bytes
) -> None:
    spelled = base64.b64encode(data).decode()
    told = {
        "modelspec.thumbnail": f"data:image/png;base64,{spelled}",
        "ssmd_cover_images": json.dumps([spelled]),
    }
    path = write(tmp_path / "a.safetensors", good(), {key: told[key]})
    taken = await take(app, path)
    cover = (await app.sharing.style_file(taken.style.id, ANA)).cover
    assert (cover is not None) == data.startswith(b"\x89PNG")


async def test_tags_of_every_drawing_call_the_style(app: App, tmp_path: Path) -> None:
    told = {
        "ss_tag_frequency": json.dumps({"3_a": {"inkstyle": 20, "1girl": 12, "cat": 3}}),
        "ss_dataset_dirs": json.dumps({"3_a": {"n_repeats": 3, "img_count": 20}}),
        "ss_output_name": "From a trainer",
    }
    taken = await take(app, write(tmp_path / "a.safetensors", good(), told))
    assert (taken.trigger, taken.style.name) == ("inkstyle", "From a trainer")


async def test_the_hosts_folder_is_all_that_can_be_named(app: App, loras: Path) -> None:
    write(loras.parent / "secret.safetensors", good())
    (loras / "link.safetensors").symlink_to(loras.parent / "gone.safetensors")
    assert await app.imports.suggest("") == [
        "ink.safetensors",
        "link.safetensors",
        "sub/fog.safetensors",
    ]
    assert await app.imports.suggest("FOG") == ["sub/fog.safetensors"]
    assert (await app.imports.in_folder("sub/fog.safetensors")).is_file()
    for name in ("../secret.safetensors", str(loras.parent / "secret.safetensors"), "notes.txt"):
        with refuses("import.unknown_file"):
            await app.imports.in_folder(name)
    with refuses("import.unreadable"):
        await take(app, await app.imports.in_folder("link.safetensors"))


async def test_the_host_imports_from_the_disk_and_from_the_hubs_cache(
    app: App, loras: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import huggingface_hub.constants

    work, cache = HostWork(app), tmp_path / "hub"
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(cache))
    taken = await work.take_in(ImportWish(source=str(loras / "ink.safetensors")))
    assert (taken.style, taken.layers) == ("ink", 1)
    place, commit = cache / "models--ana--fog", "ab" * 20
    (place / "refs").mkdir(parents=True)
    (place / "refs" / "main").write_text(commit)
    (snapshot := place / "snapshots" / commit).mkdir(parents=True)
    write(snapshot / "fog.safetensors", good())
    assert (await work.take_in(ImportWish(source="hf:ana/fog"))).style == "fog"
    write(snapshot / "rain.safetensors", good())
    named = ImportWish(source="hf:ana/fog/rain.safetensors")
    assert (await work.take_in(named)).style == "rain"
    refusals = {
        "hf:ana/fog": "import.hub_several",
        "hf:ana/fog/../../x.safetensors": "import.hub_missing",
        "hf:bo/none": "import.hub_missing",
        "hf:": "import.hub_missing",
        str(loras / "none.safetensors"): "cli.no_file",
    }
    for source, key in refusals.items():
        with refuses(key):
            await work.take_in(ImportWish(source=source))
