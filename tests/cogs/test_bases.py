"""A host with two bases: `base:` of `/draw`, `/train` and `/style import`, and what keeps it."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path

import discord
import pytest

from bot.app import App
from bot.config import Settings
from cogs.ui.tasks import draw_task
from engine.fake import FAKE_READY, FakeEngine, FakeScript
from tests.cogs.reopening import Doors
from tests.cogs.test_importing import attached
from tests.cogs.world import World, last_answer, said_to, text_of
from tests.services.test_imports import copy_configurations

SDXL_SHA256 = "5" * 64


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    copy_configurations(Path(settings.base_model))
    copy_configurations(tmp_path / "sdxl-base")
    return dataclasses.replace(settings, more_bases=(("sdxl", str(tmp_path / "sdxl-base")),))


def engine_in(tmp_path: Path) -> FakeEngine:
    ready = dataclasses.replace(
        FAKE_READY, base="sdxl-base", base_sha256=SDXL_SHA256, family="sdxl"
    )
    others = {tmp_path / "sdxl-base": ready}
    return FakeEngine(FakeScript(outbox=tmp_path / "outbox", others=others))


@pytest.fixture
def engine(tmp_path: Path) -> FakeEngine:
    return engine_in(tmp_path)


@pytest.fixture
def doors(settings: Settings, engine: FakeEngine, tmp_path: Path) -> Doors:
    engines = iter([engine])
    return Doors(settings, lambda: next(engines, None) or engine_in(tmp_path))


@pytest.fixture
async def app(doors: Doors) -> AsyncIterator[App]:
    yield await doors.open()
    await doors.close()


async def base_of_last(world: World) -> str:
    view = await world.last_job()
    await world.app.jobs.wait(view.job.id)
    [name] = {recipe.base for recipe in draw_task(view).recipes}
    return name


async def offered(world: World, command: str) -> list[str]:
    found = await world.member("ana").autocomplete(world.channel, command, "base", "")
    return [choice["value"] for choice in found]


async def test_both_bases_are_offered_and_the_message_says_which(world: World) -> None:
    for command in ("draw", "train", "style import"):
        assert await offered(world, command) == ["builtin", "sdxl"]
    for base, name in (("sdxl", "sdxl-base"), ("BUILTIN", "builtin")):
        job_id, message = await world.drawn("ana", "fox", style="none", count=1, base=base)
        assert await base_of_last(world) == name
        assert f"on the base {base.lower()}" in text_of(message)
        assert (f"{job_id}.1", name) in world.engine.begun_on


async def test_a_base_that_is_not_there_is_named_with_those_that_are(world: World) -> None:
    sentence = "There is no base called flux here. These there are: builtin, sdxl."
    for refused in (
        await world.draw("ana", "fox", style="none", base="flux"),
        await world.member("ana").slash(world.channel, "train", base="flux"),
    ):
        assert sentence in said_to(refused)
        assert last_answer(refused).ephemeral
    assert await world.jobs() == []


async def test_a_style_with_a_version_for_each_is_drawn_on_the_right_one(world: World) -> None:
    await world.trained("ana", "ink")
    ana = world.member("ana")
    missing = await world.draw("ana", "fox", style="ink", base="sdxl")
    assert "“ink” has no version for the base sdxl" in said_to(missing)
    card = last_answer(await ana.slash(world.channel, "train", **{"from": "ink", "base": "sdxl"}))
    assert "sdxl" in text_of(card)
    await ana.click(card, label="Start")
    await ana.click(card, label="Train in the open")
    job = (await world.last_job()).job
    await world.app.jobs.wait(job.id)
    assert (f"{job.id}.1", "sdxl-base") in world.engine.begun_on
    # The newest version brings its own base where none is named.
    for base, name in (("builtin", "builtin"), ("sdxl", "sdxl-base"), (None, "sdxl-base")):
        options = {} if base is None else {"base": base}
        job_id, _ = await world.drawn("ana", "fox", style="ink", count=1, **options)
        [recipe] = draw_task(await world.last_job()).recipes
        assert (recipe.base, len(recipe.adapters)) == (name, 1)
        assert (f"{job_id}.1", name) in world.engine.begun_on
    listed = said_to(await ana.slash(world.channel, "style list"))
    assert "builtin, sdxl" in listed


async def press_all(world: World, message: discord.Message, job_id: str) -> list[str]:
    """Press what draws again, and say on which base each was drawn."""
    drawn: list[str] = []
    for label in ("Again", "Exactly again"):
        await world.panel("bo", message, label)
        drawn.append(await base_of_last(world))
    await world.member("bo").click(message, label="U1")
    drawn.append(await base_of_last(world))
    opened = last_answer(await world.member("bo").click(message, label="⋯"))
    await world.member("bo").click(opened, custom_id=f"oh:subtle:2{job_id}")
    drawn.append(await base_of_last(world))
    window = await world.panel("bo", message, "Change")
    await world.member("bo").submit_modal(window, {"prompt": "cat"})
    assert draw_task(await world.last_job()).prompt == "cat"
    drawn.append(await base_of_last(world))
    return drawn


async def test_buttons_keep_the_base_after_a_restart_too(world: World, doors: Doors) -> None:
    job_id, message = await world.drawn("ana", "fox", style="none", count=2, base="sdxl")
    assert await press_all(world, message, job_id) == ["sdxl-base"] * 5
    await doors.restart(world)
    assert await press_all(world, world.message_of(job_id), job_id) == ["sdxl-base"] * 5


async def test_the_host_may_keep_the_choice_to_itself(world: World, doors: Doors) -> None:
    job_id, _ = await world.drawn("ana", "fox", style="none", count=2, base="sdxl")
    await doors.restart(world, draw_bases=False)
    assert await offered(world, "draw") == []
    assert await offered(world, "train") == ["builtin", "sdxl"]
    refused = await world.draw("ana", "fox", style="none", base="sdxl")
    assert "The base cannot be chosen here" in said_to(refused)
    assert await press_all(world, world.message_of(job_id), job_id) == ["sdxl-base"] * 5


async def test_a_file_for_both_asks_which(world: World, tmp_path: Path) -> None:
    ana, file = world.member("ana"), attached(tmp_path)
    asked = said_to(await ana.slash(world.channel, "style import", file=file))
    assert "fits several bases here: builtin, sdxl" in asked
    taken = said_to(await ana.slash(world.channel, "style import", file=file, base="sdxl"))
    assert "It is drawn on the base sdxl." in taken
    await world.drawn("ana", "fox", style="Ink wash", count=1)
    assert await base_of_last(world) == "sdxl-base"
