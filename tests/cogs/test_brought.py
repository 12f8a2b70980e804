"""*It is my own*: a LoRA from elsewhere, through window, card and live message."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from simcord.results import InteractionResult, ResponseMessage

from bot.client import OwnhandBot
from bot.config import Settings
from data.models import JobState
from engine.fake import FakeEngine
from tests.cogs.world import World, labels, last_answer, pngs, said_to, text_of, uploads
from tests.engine.lora.foreign_files import write
from tests.engine.lora.malformed import good
from tests.services.test_imports import copy_configurations


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    copy_configurations(Path(settings.base_model))
    (folder := tmp_path / "loras").mkdir()
    write(folder / "ink.safetensors", good())
    return dataclasses.replace(settings, lora_dir=folder)


async def imported(world: World) -> ResponseMessage:
    ana = world.member("ana")
    result = await ana.slash(world.channel, "style import", **{"from": "ink.safetensors"})
    return last_answer(result)


async def handed_in(world: World, card: ResponseMessage, count: int) -> InteractionResult:
    opened = await world.member("ana").click(card, label="It is my own")
    return await world.member("ana").submit_modal(opened, uploads(pngs(count)))


async def test_an_imported_style_becomes_ones_own(world: World) -> None:
    ana, card = world.member("ana"), await imported(world)
    await handed_in(world, card, 30)
    said = text_of(card)
    assert "**ink** was trained elsewhere (ink.safetensors), so nothing is trained here" in said
    assert "5 drawings are kept aside to measure on. Whether the file's own training" in said
    assert "Recipe" not in labels(card)
    assert "Train on all" not in labels(card)
    await ana.click(card, label="Start")
    assert "I drew these myself" in text_of(card)
    assert "this LoRA was trained on my own drawings" in text_of(card)
    await ana.click(card, label="Show in the open")
    job = (await world.last_job()).job
    message = await world.shown(job.id, "**ink** is ready", f"Only <@{ana.id}> can draw")
    assert "trained elsewhere: ink.safetensors" in text_of(message)
    assert "steps" not in text_of(message)
    assert "Its loss on drawings that were kept aside is 0.2500." in text_of(message)
    kinds = [attachment.filename.split("-")[1] for attachment in message.attachments]
    assert kinds == ["reveal.jpg"]
    assert labels(message) == [
        *("Let this server draw with it", "Keep private", "Get the file", "At 0.6, 0.8 and 1")
    ]
    assert "imported" not in said_to(await ana.slash(world.channel, "style list"))
    drawings = said_to(await ana.slash(world.channel, "style drawings", set="ink"))
    assert "30 drawings" in drawings
    await ana.click(message, label="Let this server draw with it")
    listed = said_to(await world.member("bo").slash(world.channel, "style list"))
    assert f"**ink**: by <@{ana.id}>" in listed
    assert "imported" not in listed
    again = said_to(await ana.slash(world.channel, "train", **{"from": "ink"}))
    assert "This becomes version 2 of **ink**." in again


async def test_the_weights_are_drawn_side_by_side(world: World) -> None:
    card = await imported(world)
    await handed_in(world, card, 6)
    await world.member("ana").click(card, label="Start")
    await world.member("ana").click(card, label="Show in the open")
    job = (await world.last_job()).job
    message = await world.shown(job.id, "**ink** is ready")
    await world.member("ana").click(message, label="At 0.6, 0.8 and 1")
    drawn = await world.app.jobs.wait((await world.last_job()).job.id)
    assert len(drawn.pictures) == 3


async def test_window_and_buttons_outlive_restarts(world: World, engine: FakeEngine) -> None:
    card, ana = await imported(world), world.member("ana")
    await world.env.restart_bot(OwnhandBot(world.app))
    opened = await ana.click(card, label="It is my own")
    await world.env.restart_bot(OwnhandBot(world.app))
    await ana.submit_modal(opened, uploads(pngs(6)))
    await ana.click(card, label="Start")
    engine.hold()
    await world.env.restart_bot(OwnhandBot(world.app))
    await ana.click(card, label="Show in the open")
    job = (await world.last_job()).job
    await engine.reached(f"{job.id}.1")
    await world.env.restart_bot(OwnhandBot(world.app))
    engine.release()
    await world.app.jobs.wait(job.id)
    message = await world.shown(job.id, "**ink** is ready", "trained elsewhere")
    assert len(world.messages()) == 1
    await ana.click(message, label="Let this server draw with it")
    await world.shown(job.id, "Everyone on the server can draw with it.")


async def test_it_can_be_said_later(world: World) -> None:
    await imported(world)
    ana = world.member("ana")
    options = {"from": "ink", "drawing1": pngs(1)[0]}
    result = await ana.slash(world.channel, "train", **options)
    said = said_to(result)
    assert "**ink** was imported. Hand in the drawings that you trained it on" in said
    assert "A style needs at least 5 drawings. You have 1." in said
    await world.add_more("ana", last_answer(result), pngs(5, first=1))
    assert "was trained elsewhere (ink.safetensors)" in text_of(last_answer(result))


async def test_one_that_is_stopped_stays_imported(world: World, engine: FakeEngine) -> None:
    card, ana = await imported(world), world.member("ana")
    await handed_in(world, card, 6)
    await ana.click(card, label="Start")
    engine.hold()
    await ana.click(card, label="Show in the open")
    job = (await world.last_job()).job
    message = await world.shown(job.id, "**ink**, trained elsewhere", "Getting ready")
    assert labels(message) == ["Cancel"]
    await ana.click(message, label="Cancel")
    assert (await world.app.jobs.wait(job.id)).job.state is JobState.CANCELLED
    await world.shown(job.id, "It was stopped; the style stays imported.")
    listed = said_to(await ana.slash(world.channel, "style list"))
    assert "imported from ink.safetensors, someone else's hand" in listed


async def test_a_failure_says_that_it_stays_imported(world: World, engine: FakeEngine) -> None:
    card, ana = await imported(world), world.member("ana")
    await handed_in(world, card, 6)
    await ana.click(card, label="Start")
    engine.fail_next("style.other_base", layer="lora_unet_x")
    await ana.click(card, label="Show in the open")
    job = (await world.last_job()).job
    await world.shown(job.id, "It could not be shown, and stays imported.")
