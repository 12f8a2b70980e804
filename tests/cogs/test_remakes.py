"""What is made of drawn pictures: larger, varied, the same again, changed, judged, reported."""

from __future__ import annotations

import dataclasses
import hashlib
from typing import cast

import discord
import pytest

from bot.client import OwnhandBot
from cogs.ui.tasks import draw_task
from data.models import JobId
from engine.pictures.recipe import Recipe
from engine.protocol import DrawRequest
from tests.cogs.world import World, custom_ids, labels, last_answer, png, said_to, text_of


async def recipes_of_last(world: World) -> tuple[Recipe, ...]:
    view = await world.last_job()
    await world.app.jobs.wait(view.job.id)
    return draw_task(view).recipes


async def sha_of(world: World, job_id: JobId, number: int) -> str:
    return (await world.app.jobs.view(job_id)).pictures[number - 1].sha256


async def test_one_picture_is_drawn_over_by_itself(world: World) -> None:
    job_id, message = await world.drawn("ana", "fox", style="none", seed=5)
    await world.member("bo").click(message, label="U3")
    [recipe] = await recipes_of_last(world)
    # The built-in base knows one size only.
    assert (recipe.width, recipe.height, recipe.seed) == (128, 128, 7)
    assert recipe.start_sha256 == await sha_of(world, job_id, 3)
    assert recipe.denoise == 0.2
    shown = await world.shown((await world.last_job()).job.id, "drawn anew")
    assert "starts from a picture, 20 % drawn anew" in text_of(shown)


async def test_a_base_that_can_draws_it_twice_as_large_and_once_only(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    grows = dataclasses.replace(world.app.base.family, grows=True)
    monkeypatch.setattr(type(world.app.base), "family", property(lambda _: grows))
    _, message = await world.drawn("ana", "fox", style="none", seed=5, count=1)
    await world.member("ana").click(message, label="Larger")
    job_id = (await world.last_job()).job.id
    [recipe] = await recipes_of_last(world)
    assert (recipe.width, recipe.height, recipe.denoise) == (256, 256, 0.35)
    large = await world.shown(job_id, "drawn anew", "Like it?")
    refused = await world.member("ana").click(large, label="Larger")
    assert "256×256 already" in said_to(refused)
    assert len(await world.jobs()) == 2


@pytest.mark.parametrize(("verb", "denoise"), [("subtle", 0.4), ("strong", 0.7)])
async def test_variations_start_from_the_picture(world: World, verb: str, denoise: float) -> None:
    job_id, message = await world.drawn("ana", "fox", style="none", seed=5, count=2)
    opened = await world.member("ana").click(message, label="⋯")
    await world.member("ana").click(last_answer(opened), custom_id=f"oh:{verb}:2{job_id}")
    recipes = await recipes_of_last(world)
    assert len(recipes) == 4
    assert {recipe.start_sha256 for recipe in recipes} == {await sha_of(world, job_id, 2)}
    assert {recipe.denoise for recipe in recipes} == {denoise}
    assert len({recipe.seed for recipe in recipes}) == 4


async def test_exactly_again_has_the_same_recipes(world: World) -> None:
    job_id, message = await world.drawn("ana", "fox", style="none", seed=5, count=2)
    await world.panel("bo", message, "Exactly again")
    old = draw_task(await world.app.jobs.view(job_id)).recipes
    assert await recipes_of_last(world) == old


async def test_a_changed_order_is_drawn_again(world: World) -> None:
    _, message = await world.drawn("ana", "fox", style="none", seed=5, count=2)
    window = await world.panel("bo", message, "Change")
    assert len(await world.jobs()) == 1
    await world.member("bo").submit_modal(
        window, {"prompt": "cat", "negative": "hat", "score": "6", "seed": "9"}
    )
    recipes = await recipes_of_last(world)
    assert [recipe.seed for recipe in recipes] == [9, 10]
    assert (recipes[0].prompt, recipes[0].negative, recipes[0].score) == ("cat", "hat", 6)


async def test_a_bad_change_gets_its_sentence(world: World) -> None:
    _, message = await world.drawn("ana", "fox", style="none", count=1)
    window = await world.panel("ana", message, "Change")
    told = await world.member("ana").submit_modal(window, {"prompt": "cat", "score": "many"})
    assert "`score` needs a number, not `many`" in said_to(told)
    assert len(await world.jobs()) == 1


async def test_a_sketch_is_started_from_and_kept_as_long_as_its_job(world: World) -> None:
    sketch = png(3)
    job_id, message = await world.drawn(
        "ana", "fox", style="none", count=1, image=("sketch.png", sketch), change=0.5
    )
    [recipe] = draw_task(await world.app.jobs.view(job_id)).recipes
    assert recipe.denoise == 0.5
    kept = await world.app.blobs.read(recipe.start_sha256)
    assert hashlib.sha256(kept).hexdigest() == recipe.start_sha256
    [request] = [one for one in world.engine.submitted if one.request_id.startswith(job_id)]
    assert isinstance(request, DrawRequest)
    assert recipe.start_sha256 in {file.sha256 for file in request.files}
    await world.app.store.sweep()
    assert world.app.blobs.path(recipe.start_sha256).is_file()
    await world.panel("ana", message, "Again")
    [again] = await recipes_of_last(world)
    assert (again.start_sha256, again.denoise) == (recipe.start_sha256, 0.5)


async def test_an_erased_sketch_is_gone(world: World) -> None:
    job_id, message = await world.drawn(
        "ana", "fox", style="none", count=1, image=("sketch.png", png(3))
    )
    [recipe] = draw_task(await world.app.jobs.view(job_id)).recipes
    await world.panel("ana", message, "Delete")
    assert not world.app.blobs.path(recipe.start_sha256).is_file()
    await world.eventually(lambda: not world.messages())


async def test_pictures_that_others_started_from_an_erased_one_cannot_be_drawn_again(
    world: World,
) -> None:
    _, message = await world.drawn("ana", "fox", style="none", count=1)
    await world.member("bo").click(message, label="Larger")
    job_id = (await world.last_job()).job.id
    await world.app.jobs.wait(job_id)
    large = await world.shown(job_id, "drawn anew", "Like it?")
    await world.panel("ana", message, "Delete")
    refused = await world.panel("bo", large, "Again")
    assert "The picture to start from is not there any more." in said_to(refused)


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (("sketch.png", b"no picture"), "sketch.png"),
        (("many.zip", b"PK\x03\x04"), "one picture to start from"),
    ],
    ids=["broken", "archive"],
)
async def test_what_is_no_sketch_is_refused(
    world: World, file: tuple[str, bytes], sentence: str
) -> None:
    refused = await world.draw("ana", "fox", style="none", image=file)
    assert sentence in said_to(refused) or "picture" in said_to(refused)
    assert await world.jobs() == []
    assert world.messages() == []


async def test_only_the_artist_says_what_they_could_have_drawn(world: World) -> None:
    await world.trained("ana", "mira")
    job_id, message = await world.drawn("ana", "fox", style="mira", count=2)
    theirs = await world.member("bo").click(message, label="⋯")
    assert f"oh:ownhand:1{job_id}" not in custom_ids(last_answer(theirs))
    mine = last_answer(await world.member("ana").click(message, label="⋯"))
    marked = await world.member("ana").click(mine, custom_id=f"oh:ownhand:2{job_id}")
    assert "you could have drawn picture 2" in said_to(marked)
    taken = await world.member("ana").click(mine, custom_id=f"oh:ownhand:2{job_id}")
    assert "Taken back for picture 2" in said_to(taken)


async def test_only_who_may_delete_finds_delete(world: World) -> None:
    _, message = await world.drawn("ana", "fox", style="none", count=1)
    own = last_answer(await world.member("ana").click(message, label="⋯"))
    other = last_answer(await world.member("bo").click(message, label="⋯"))
    assert "Delete" in labels(own)
    assert "Delete" not in labels(other)


async def test_a_report_without_moderators_channel_says_so(world: World) -> None:
    _, message = await world.drawn("ana", "fox", style="none", count=1)
    told = await world.panel("bo", message, "Report")
    assert "write to a moderator" in said_to(told)


async def test_a_report_reaches_the_moderators(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    moderators = world.guild.create_text_channel("moderators")
    # SimCord's servers have no community channels; Discord's have them in their settings.
    monkeypatch.setattr(
        discord.Guild,
        "safety_alerts_channel",
        property(lambda guild: guild.get_channel(moderators.id)),
    )
    _, message = await world.drawn("ana", "fox", style="none", count=1)
    window = await world.panel("bo", message, "Report")
    thanked = await world.member("bo").submit_modal(window, {"reason": "rude"})
    assert "have been told" in said_to(thanked)
    [report] = world.messages(moderators)
    assert "rude" in report.content
    assert str(message.id) in report.content


async def test_a_heart_is_the_vote_for_a_single_picture(world: World) -> None:
    job_id, message = await world.drawn("ana", "fox", style="none", count=1)
    assert [str(reaction.emoji) for reaction in message.reactions] == ["❤️"]
    await world.member("bo").react(message, "❤️")
    [picture] = (await world.app.jobs.view(job_id)).pictures
    assert await world.app.store.votes.voters(picture.id) == {world.owner_id("bo")}


async def test_the_menus_of_a_message_do_the_same(world: World) -> None:
    job_id, message = await world.drawn("ana", "fox", style="none", count=1)
    assert await world.app.jobs.draw_on(message.id) == job_id
    tree = cast("OwnhandBot", world.env.bot).tree
    names = {menu.name for menu in tree.get_commands(type=discord.AppCommandType.message)}
    assert names == {"Again", "Recipe", "Report"}
