"""`/style import`: a file from elsewhere, by attachment or from the host's folder."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from bot.config import Settings
from bot.services.drawing.actor import Actor
from bot.services.drawing.choices import Choices
from data.settings import Holder
from tests.cogs.world import World, custom_ids, last_answer, said_to, text_of
from tests.engine.lora.foreign_files import write
from tests.engine.lora.malformed import KEYS, good
from tests.services.conftest import refuses
from tests.services.test_imports import copy_configurations


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    copy_configurations(Path(settings.base_model))
    (folder := tmp_path / "loras").mkdir()
    write(folder / "fog.safetensors", good() | good(KEYS, into=256))
    return dataclasses.replace(settings, lora_dir=folder)


def attached(tmp_path: Path, name: str = "ink_v2.safetensors", into: int = 96) -> tuple[str, bytes]:
    told = {"modelspec.trigger_phrase": "ink`style", "modelspec.title": "Ink *wash*"}
    return name, write(tmp_path / "x.safetensors", good(into=into), told).read_bytes()


async def test_an_attached_file_becomes_a_marked_style(world: World, tmp_path: Path) -> None:
    ana = world.member("ana")
    said = said_to(await ana.slash(world.channel, "style import", file=attached(tmp_path)))
    assert "**Ink wash** is imported: 1 layer carries it, at rank 4." in said
    assert "Words that call it: `ink'style`" in said
    listed = said_to(await ana.slash(world.channel, "style list"))
    assert "imported from ink\\_v2.safetensors, someone else's hand, private" in listed
    result = await world.draw("ana", "cat", style="Ink wash")
    assert result.response is not None
    job_id, message = await world.drawn("ana", "cat", style="Ink wash", count=1)
    panel = last_answer(await ana.click(message, label="⋯"))
    assert f"oh:ownhand:1{job_id}" not in custom_ids(panel)
    with refuses("draw.own_not_artist"):
        await world.app.own_marks.toggle(job_id, 1, world.owner_id("ana"))
    await ana.slash(world.channel, "style share", style="Ink wash")
    listed = said_to(await world.member("bo").slash(world.channel, "style list"))
    assert f"by <@{ana.id}>, imported from" in listed


async def test_of_an_imported_style_no_usual_score_is_told(world: World, tmp_path: Path) -> None:
    await world.member("ana").slash(world.channel, "style import", file=attached(tmp_path))
    ana = world.owner_id("ana")
    [style] = await world.app.styles.of_owner(ana)
    holder = Holder(style_id=style.id)
    await world.app.defaults.change(holder, Actor(id=ana), lambda _: Choices(score=7))
    _, message = await world.drawn("ana", "cat", style="Ink wash", count=1)
    assert "score 7 (the style’s settings)" in text_of(message)
    assert "usual score" not in text_of(message)


async def test_the_hosts_files_are_offered(world: World) -> None:
    ana = world.member("ana")
    offered = await ana.autocomplete(world.channel, "style import", "from", "fo")
    assert [choice["value"] for choice in offered] == ["fog.safetensors"]
    taken = await ana.slash(world.channel, "style import", **{"from": "fog.safetensors"})
    assert "**fog** is imported: 2 layers carry it" in said_to(taken)
    refused = await ana.slash(world.channel, "style import", **{"from": "../fog.safetensors"})
    assert "The host's folder has no file" in said_to(refused)


async def test_one_sentence_says_what_is_wrong(world: World, tmp_path: Path) -> None:
    ana = world.member("ana")
    nothing = said_to(await ana.slash(world.channel, "style import"))
    assert "Attach a .safetensors file, or choose one" in nothing
    bad = attached(tmp_path, "../../b a:d.safetensors", into=97)
    said = said_to(await ana.slash(world.channel, "style import", file=bad))
    assert "changes 1 layer that the base here does not have: lora_unet_input" in said
    assert "/" not in said.split(".safetensors")[0]
    assert await world.app.styles.of_owner(world.owner_id("ana")) == ()
