"""The artist chooses a checkpoint; everybody who may draws it at three weights."""

from __future__ import annotations

from typing import Any, cast

import discord
import pytest
from simcord.results import ResponseMessage

from bot.client import OwnhandBot
from bot.services.tasks import read_draw_task, read_train_task
from data.models import JobId
from tests.cogs.theatre.test_checkpoint_votes import seeded
from tests.cogs.world import World, change_payloads, labels, last_answer, said_to, text_of, walk

CHOOSE, WEIGHTS = "Choose the checkpoint", "At 0.6, 0.8 and 1"


def menus(message: discord.Message | ResponseMessage) -> list[dict[str, object]]:
    """Find the menu of what is drawn with, and the one of what is kept beside it."""
    return [node for node in walk(message.components) if "options" in node]


def options(message: discord.Message | ResponseMessage, menu: int = 0) -> list[dict[str, object]]:
    return cast("list[dict[str, object]]", menus(message)[menu]["options"])


async def select(world: World, message: ResponseMessage, menu: int, *numbers: int) -> Any:
    """Let Ana choose these of a menu's options, counted from 0."""
    values = [str(options(message, menu)[number]["value"]) for number in numbers]
    name = str(menus(message)[menu]["custom_id"])
    return await world.member("ana").select(message, values, custom_id=name)


async def test_the_artist_chooses_with_the_votes_in_view(world: World) -> None:
    job_id = await world.trained("ana", "mira")
    message = await seeded(world, job_id)
    await world.member("bo").react(message, "2️⃣")
    ana = world.member("ana")
    menu = last_answer(await ana.click(message, label=CHOOSE))
    assert "number **5**" in text_of(menu)
    shown = [(one["label"], one["description"]) for one in options(menu)]
    assert shown[1] == ("2 · step 80", "1 vote")
    assert shown[4] == ("5 · step 200", "0 votes")
    await select(world, menu, 0, 1)
    view = await world.app.jobs.view(job_id)
    assert view.version is not None
    assert view.version.published_checkpoint_id == view.checkpoints[1].id
    await world.shown(job_id, "Drawn with for now: **2**")
    [after] = [m for m in world.channel.history(viewer=ana) if m.id == menu.id]
    assert "number **2**" in text_of(after)
    await ana.slash(world.channel, "draw", prompt="1girl", style="mira", count=1)
    drawn = await world.app.jobs.wait((await world.last_job()).job.id)
    [use] = read_draw_task(drawn.job).recipes[0].adapters
    assert use.sha256 == view.checkpoints[1].style_sha256


async def test_the_choice_changes_the_reveal_and_nothing_else(world: World) -> None:
    job_id = await world.trained("ana", "mira")
    message = await seeded(world, job_id)
    before = {one.filename.split("-")[1]: one.id for one in message.attachments}
    menu = last_answer(await world.member("ana").click(message, label=CHOOSE))
    await select(world, menu, 0, 0)
    changed = await world.shown(job_id, "Drawn with for now: **1**")
    after = {one.filename.split("-")[1]: one.id for one in changed.attachments}
    assert after.pop("reveal.jpg") != before.pop("reveal.jpg")
    assert after == before


async def test_nobody_else_chooses(world: World) -> None:
    job_id = await world.trained("ana", "mira")
    message = await seeded(world, job_id)
    refused = await world.member("bo").click(message, label=CHOOSE)
    assert "Only the artist who trained it" in said_to(refused)
    menu = last_answer(await world.member("ana").click(message, label=CHOOSE))
    await world.app.style_care.delete(
        (await world.app.styles.find("mira", world.owner_id("ana"), world.guild.id)).style.id,
        world.owner_id("ana"),
    )
    late = await select(world, menu, 0, 0)
    assert "Only the artist who trained it" in said_to(late), "the style is gone"


async def test_an_old_menu_works_after_a_restart(world: World) -> None:
    job_id = await world.trained("ana", "mira")
    message = await seeded(world, job_id)
    ana = world.member("ana")
    menu = last_answer(await ana.click(message, label=CHOOSE))
    await world.env.restart_bot(OwnhandBot(world.app))
    await select(world, menu, 0, 2)
    view = await world.app.jobs.view(job_id)
    assert view.version is not None
    assert view.version.published_checkpoint_id == view.checkpoints[2].id


async def test_the_choice_speaks_russian(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    job_id = await world.trained("ana", "mira")
    message = await seeded(world, job_id)
    change_payloads(monkeypatch, locale="ru")
    menu = last_answer(await world.member("ana").click(message, label=CHOOSE))
    assert "Какой вариант станет стилем **mira**?" in text_of(menu)
    assert options(menu)[0]["description"] == "0 голосов"


async def test_the_sheets_first_prompt_is_drawn_at_three_weights(world: World) -> None:
    job_id = await world.trained("ana", "mira")
    message = await seeded(world, job_id)
    await world.member("ana").click(message, label=WEIGHTS)
    job = (await world.last_job()).job
    await world.app.jobs.wait(job.id)
    shown = await world.shown(job.id, "weights 0.6, 0.8, 1, in this order", "React with")
    assert len(shown.attachments) == 3
    training = await world.app.jobs.view(job_id)
    sample = read_train_task(training.job).samples[0]
    recipes = read_draw_task(job).recipes
    assert [recipe.adapters[0].weight for recipe in recipes] == [0.6, 0.8, 1.0]
    assert {(recipe.prompt, recipe.positive, recipe.seed) for recipe in recipes} == {
        (sample.prompt, sample.positive, sample.seed)
    }
    last = training.checkpoints[-1].style_sha256
    assert {recipe.adapters[0].sha256 for recipe in recipes} == {last}


async def test_again_draws_the_three_weights_with_another_seed(world: World) -> None:
    job_id = await world.trained("ana", "mira")
    message = await seeded(world, job_id)
    await world.member("ana").click(message, label=WEIGHTS)
    first = await world.app.jobs.wait((await world.last_job()).job.id)
    grid = await world.shown(first.job.id, "React with the number")
    assert labels(grid)[-1] == "⋯"
    await world.panel("ana", grid, "Again")
    again = await world.app.jobs.wait((await world.last_job()).job.id)
    assert again.job.id != first.job.id
    recipes = read_draw_task(again.job).recipes
    assert [recipe.adapters[0].weight for recipe in recipes] == [0.6, 0.8, 1.0]
    [seed] = {recipe.seed for recipe in recipes}
    assert seed != read_draw_task(first.job).seed


@pytest.mark.parametrize("shared", [False, True])
async def test_others_try_the_weights_of_a_shared_style_only(world: World, shared: bool) -> None:
    job_id = await world.trained("ana", "mira")
    message = await seeded(world, job_id)
    if shared:
        await world.member("ana").click(message, label="Let this server draw with it")
    before = len(await world.jobs())
    answer = await world.member("bo").click(message, label=WEIGHTS)
    assert len(await world.jobs()) == before + shared
    assert ("Only the artist who trained it" in said_to(answer)) is not shared


async def kept_menu(world: World) -> tuple[ResponseMessage, JobId]:
    """Open the menus under Ana's training; return them and the training's id."""
    job_id = await world.trained("ana", "mira")
    message = await seeded(world, job_id)
    return last_answer(await world.member("ana").click(message, label=CHOOSE)), job_id


async def now_shown(world: World, menu: ResponseMessage) -> discord.Message:
    history = world.channel.history(viewer=world.member("ana"))
    [message] = [one for one in history if one.id == menu.id]
    return message


async def test_others_are_kept_as_versions_beside_the_chosen_one(world: World) -> None:
    menu, job_id = await kept_menu(world)
    assert len(options(menu, 1)) == 4, "all but the one that is drawn with"
    await select(world, menu, 1, 1, 2)
    after = await now_shown(world, menu)
    assert "number **2** is `mira@2`" in text_of(after)
    assert "number **3** is `mira@3`" in text_of(after)
    assert [one["default"] for one in options(after, 1)] == [False, True, True, False]
    ana = world.member("ana")
    await ana.slash(world.channel, "draw", prompt="1girl", style="mira@3", count=1)
    drawn = await world.app.jobs.wait((await world.last_job()).job.id)
    await world.shown(drawn.job.id, "style **mira@3**")
    [use] = read_draw_task(drawn.job).recipes[0].adapters
    view = await world.app.jobs.view(job_id)
    assert use.sha256 == view.checkpoints[2].style_sha256


async def test_what_is_kept_is_listed_shared_and_handed_out_by_its_name(world: World) -> None:
    menu, _ = await kept_menu(world)
    await select(world, menu, 1, 0)
    ana, bo = world.member("ana"), world.member("bo")
    listed = said_to(await ana.slash(world.channel, "style list"))
    assert "versions `mira@1`, `mira@2`" in listed
    shared = said_to(await ana.slash(world.channel, "style share", style="mira@2"))
    assert "can draw with **mira@2** now" in shared
    assert "mira" in said_to(await bo.slash(world.channel, "style list"))
    handed = await ana.slash(world.channel, "style file", style="mira@2")
    assert any("mira-v2-40" in one.filename for one in last_answer(handed).attachments)
    refused = await ana.slash(world.channel, "style file", style="mira@7")
    assert "has no version 7" in said_to(refused)


async def test_what_is_kept_is_let_go_again(world: World) -> None:
    menu, _ = await kept_menu(world)
    await select(world, menu, 1, 0, 1)
    await select(world, menu, 1)
    assert "mira@2" not in text_of(await now_shown(world, menu))
    answer = await world.member("ana").slash(
        world.channel, "draw", prompt="1girl", style="mira@2", count=1
    )
    assert "has no version 2" in said_to(answer)


async def test_an_old_menu_keeps_after_a_restart(world: World) -> None:
    menu, job_id = await kept_menu(world)
    await world.env.restart_bot(OwnhandBot(world.app))
    await select(world, menu, 1, 3)
    view = await world.app.jobs.view(job_id)
    assert view.version is not None
    [kept] = await world.app.store.kept.of_version(view.version.id)
    assert kept.published_checkpoint_id == view.checkpoints[3].id
