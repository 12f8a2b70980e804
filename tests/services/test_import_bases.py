"""A LoRA file is imported for the base that it fits, and asks which where several do."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.app import App, open_app
from bot.cli.arguments import parse
from bot.cli.work import export
from bot.clock import ManualClock
from bot.config import Settings
from bot.i18n import Texts
from bot.services.hostwork import HostWork
from bot.services.imports import Imported, ImportOrder
from bot.services.wishes import ImportWish
from data.models import StyleId
from engine.errors import StartRefused
from engine.fake import FAKE_READY, FakeEngine, FakeScript
from engine.lora.reading import read_header
from tests.engine.lora.foreign_files import write
from tests.engine.lora.malformed import KEYS, RANK, TEXT, good
from tests.services.conftest import ANA, GUILD, refuses
from tests.services.test_imports import copy_configurations

#: what the text of the wide base is, and the weights of the twin
WIDER, TWIN = 2 * TEXT, "7" * 64


def widen(base: Path) -> None:
    file = base / "unet" / "config.json"
    config = json.loads(file.read_text()) | {"cross_attention_dim": WIDER}
    file.write_text(json.dumps(config))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A base, its twin of the same shape, one whose text is wider, and one that is broken."""
    for name in ("first", "twin", "wide"):
        copy_configurations(tmp_path / name)
    widen(tmp_path / "wide")
    more = tuple((name, str(tmp_path / name)) for name in ("twin", "wide", "broken"))
    return Settings(
        state_dir=tmp_path / "state", base_model=str(tmp_path / "first"), more_bases=more
    )


@pytest.fixture
async def app(settings: Settings, tmp_path: Path) -> AsyncIterator[App]:
    hashes = {"twin": TWIN, "wide": "8" * 64}
    others: dict[Path, object] = {
        tmp_path / name: dataclasses.replace(FAKE_READY, base=name, base_sha256=sha256)
        for name, sha256 in hashes.items()
    }
    others[tmp_path / "broken"] = StartRefused("engine.base_missing", base="broken")
    script = FakeScript(outbox=tmp_path / "outbox", others=others)  # type: ignore[arg-type]
    async with open_app(settings, engine=FakeEngine(script), clock=ManualClock()) as app:
        await app.start()
        for base in app.bases:
            await base.known.wait()
        yield app


async def take(app: App, path: Path, base: str | None = None) -> Imported:
    order = ImportOrder(owner_id=ANA, path=path, guild_id=GUILD, base=base)
    return await app.imports.take(order)


async def made_for(app: App, style_id: StyleId) -> str:
    (version,) = await app.store.styles.versions(style_id)
    return version.base


async def test_the_only_base_that_fits_is_taken(app: App, tmp_path: Path) -> None:
    file = write(tmp_path / "ink.safetensors", good(KEYS, into=WIDER))
    taken = await take(app, file)
    assert taken.base == "wide"
    assert await made_for(app, taken.style.id) == "wide"


async def test_where_several_fit_they_are_named_and_one_is_chosen(app: App, tmp_path: Path) -> None:
    file = write(tmp_path / "ink.safetensors", good(KEYS, into=TEXT))
    with refuses("import.which_base") as refusal:
        await take(app, file)
    assert refusal.value.facts == {"file": "ink.safetensors", "names": "first, twin"}
    taken = await take(app, file, "TWIN")
    assert (taken.base, await made_for(app, taken.style.id)) == ("twin", "twin")


@pytest.mark.parametrize("key", ["ownhand.base_sha256", "ss_new_sd_model_hash"])
async def test_a_file_that_names_its_base_is_not_asked(app: App, tmp_path: Path, key: str) -> None:
    file = write(tmp_path / "ink.safetensors", good(KEYS, into=TEXT), {key: TWIN})
    assert (await take(app, file)).base == "twin"
    assert (await take(app, file.rename(tmp_path / "fog.safetensors"), "first")).base == "first"


async def test_a_base_that_does_not_fit_is_told_which_do(app: App, tmp_path: Path) -> None:
    file = write(tmp_path / "ink.safetensors", good(KEYS, into=TEXT))
    with refuses("import.other_base") as refusal:
        await take(app, file, "wide")
    assert refusal.value.facts == {
        "file": "ink.safetensors", "base": "wide", "names": "first, twin",
    }  # fmt: skip
    with refuses("bases.unknown"):
        await take(app, file, "flux")
    with refuses("engine.base_missing"):
        await take(app, file, "broken")


async def test_what_fits_none_says_why(app: App, tmp_path: Path) -> None:
    file = write(tmp_path / "ink.safetensors", good(KEYS, into=TEXT + 1))
    with refuses("lora.unknown_layers"):
        await take(app, file)
    assert await app.styles.of_owner(ANA) == ()


async def test_the_hosts_command_line_chooses_too(app: App, tmp_path: Path) -> None:
    file = write(tmp_path / "ink.safetensors", good(KEYS, into=TEXT))
    with refuses("import.which_base"):
        await HostWork(app).take_in(ImportWish(source=str(file)))
    assert (await HostWork(app).take_in(ImportWish(source=str(file), base="twin"))).base == "twin"


@pytest.mark.usefixtures("log_as_before")
async def test_a_style_is_written_in_diffusers_names_by_its_own_base(
    app: App, settings: Settings, tmp_path: Path
) -> None:
    await HostWork(app).take_in(
        ImportWish(source=str(write(tmp_path / "ink.safetensors", good(KEYS, into=WIDER))))
    )
    out = tmp_path / "out.safetensors"
    texts = Texts("en")
    asked = parse(texts, ["export", "ink", "--format", "diffusers", "--out", str(out)])
    assert await export(settings, texts, asked) == 0
    path = "unet.down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k"
    assert read_header(out).tensors[f"{path}.lora_A.weight"].shape == (RANK, WIDER)
