"""`/draw`: from a prompt to pictures with reactions, and every way to refuse it."""

import re
from typing import cast

import discord
import pytest

from bot.client import OwnhandBot
from bot.errors import UserError
from bot.services.surface import ShowRefusedError
from cogs.ui.tasks import draw_task
from data.errors import NotFound
from data.models import JobState
from tests.cogs.world import (
    World,
    change_payloads,
    labels,
    last_answer,
    picture,
    said_to,
    text_of,
)


async def test_pictures_come_with_the_style_that_was_asked_for(world: World) -> None:
    await world.trained("ana", "mira")
    job_id, message = await world.drawn("ana", "1girl, forest", style="mira", score=7, seed=5)
    said = text_of(message)
    assert "**1girl, forest**" in said
    assert "style **mira**" in said
    assert "score 7" in said
    assert "seed 5" in said
    assert [str(reaction.emoji) for reaction in message.reactions] == ["1️⃣", "2️⃣", "3️⃣", "4️⃣"]
    assert len(message.attachments) == 4
    assert labels(message) == ["U1", "U2", "U3", "U4", "⋯"]
    recipes = draw_task(await world.app.jobs.view(job_id)).recipes
    assert [recipe.seed for recipe in recipes] == [5, 6, 7, 8]
    assert recipes[0].adapters[0].name == "mira"


async def test_small_pictures_are_posted_enlarged_and_kept_as_they_are(world: World) -> None:
    job_id, message = await world.drawn("ana", "1girl", style="none", count=2)
    posted = [picture(await attachment.read()) for attachment in message.attachments]
    assert [image.size for image in posted] == [(512, 512), (512, 512)]
    view = await world.app.jobs.view(job_id)
    kept = [picture(await world.app.blobs.read(each.sha256)) for each in view.pictures]
    assert [max(image.size) for image in kept] == [128, 128]


async def test_several_pictures_carry_their_numbers_and_one_does_not(world: World) -> None:
    _, one = await world.drawn("ana", "1girl", style="none", count=1)
    _, two = await world.drawn("ana", "1girl", style="none", count=2)
    corners = []
    for attachment in (one.attachments[0], *two.attachments):
        corner = picture(await attachment.read()).crop((30, 30, 70, 70))
        corners.append(len(corner.getcolors(1600) or []))
    assert corners[0] < corners[1]
    assert corners[0] < corners[2]


async def test_the_last_style_is_taken_and_named(world: World) -> None:
    await world.trained("ana", "mira")
    _, first = await world.drawn("ana", "1girl")
    assert "style **mira** (your newest)" in text_of(first)
    _, second = await world.drawn("ana", "1girl")
    assert "style **mira** (as last time)" in text_of(second)


async def test_style_none_draws_without(world: World) -> None:
    await world.trained("ana", "mira")
    _, message = await world.drawn("ana", "1girl", style="none")
    assert "no style" in text_of(message)


async def test_options_work_inside_the_prompt(world: World) -> None:
    _, message = await world.drawn("ana", "cat score:4", style="none", count=1)
    assert "**cat**" in text_of(message)
    assert "score 4" in text_of(message)


async def test_a_score_that_the_base_was_never_taught_is_named(world: World) -> None:
    _, message = await world.drawn("ana", "cat", style="none", count=1, score=3)
    assert "This base was never taught score 3, only 4 to 9." in text_of(message)
    _, message = await world.drawn("ana", "cat", style="none", count=1, score=4)
    assert "never taught" not in text_of(message)


@pytest.mark.parametrize("score", [0, 11])
async def test_a_score_outside_gets_its_sentence(world: World, score: int) -> None:
    refused = await world.draw("ana", f"cat score:{score}", style="none")
    assert refused.ephemeral
    assert f"The score goes from 1 to 9; {score} is outside." in said_to(refused)
    assert await world.jobs() == []


@pytest.mark.parametrize(
    ("prompt", "sentence"),
    [
        ("   ", "Tell me what to draw"),
        ("score:7", "Tell me what to draw"),
        ("cat, " * 1000, "characters; I read up to 1500"),
    ],
    ids=["blank", "only an option", "5000 characters"],
)
async def test_a_bad_prompt_gets_its_sentence(world: World, prompt: str, sentence: str) -> None:
    refused = await world.draw("ana", prompt, style="none")
    assert refused.ephemeral
    assert sentence in said_to(refused)
    assert world.messages() == []


async def test_without_any_style_there_is_a_way_to_the_first(world: World) -> None:
    refused = await world.draw("ana", "1girl")
    assert world.messages() == []
    assert "There is no style here yet." in said_to(refused)
    offer = last_answer(refused)
    assert offer.ephemeral
    opened = await world.member("ana").click(offer, label="Train a style")
    assert opened.modal is not None
    assert opened.modal["title"] == "Your drawings"


async def test_a_private_style_of_another_reads_as_unknown(world: World) -> None:
    await world.trained("ana", "mira")
    other = await world.draw("bo", "1girl", style="mira")
    nobody = await world.draw("bo", "1girl", style="mina")
    assert said_to(other).replace("mira", "X") == said_to(nobody).replace("mina", "X")


async def test_styles_are_suggested_to_those_who_may_use_them(world: World) -> None:
    await world.trained("ana", "mira")
    mine = await world.member("ana").autocomplete(world.channel, "draw", "style", "", prompt="x")
    assert [choice["value"] for choice in mine] == ["mira", "none"]
    others = await world.member("bo").autocomplete(world.channel, "draw", "style", "", prompt="x")
    assert [choice["value"] for choice in others] == ["none"]


async def test_words_that_the_base_does_not_know_are_named(world: World) -> None:
    _, message = await world.drawn("ana", "1girl, housse", style="none", count=1)
    assert "Words this base was never taught: **housse** (nearest: house)." in text_of(message)


async def test_unknown_words_to_leave_out_are_in_the_same_sentence(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {"prompt": "cat, housse", "style": "none", "count": 1, "negative": "housse, trea"}
    _, message = await world.drawn("ana", **asked)
    sentence = "**housse** (nearest: house), **trea** (nearest: tree)."
    assert f"Words this base was never taught: {sentence}" in text_of(message)
    change_payloads(monkeypatch, locale="ru")
    _, message = await world.drawn("ana", **asked)
    sentence = "**housse** (ближайшее: house), **trea** (ближайшее: tree)."
    assert f"Этих слов основа не знает: {sentence}" in text_of(message)


async def test_a_prompt_cannot_break_the_message(world: World) -> None:
    _, message = await world.drawn("ana", "@everyone **bold** `code`", style="none", count=1)
    assert "\\*\\*bold\\*\\*" in text_of(message)
    assert not message.mention_everyone


async def test_waiting_and_drawing_are_shown_and_can_be_stopped(world: World) -> None:
    world.engine.hold(at_step=1)
    await world.draw("ana", "1girl", style="none")
    job_id = (await world.last_job()).job.id
    message = await world.shown(job_id)
    await world.member("ana").click(message, label="Cancel")
    stopped = await world.shown(job_id, "Stopped.")
    assert stopped.id == message.id
    assert labels(stopped) == ["Again"]


async def test_a_failure_says_why_and_offers_another_try(world: World) -> None:
    world.engine.fail_next("engine.no_memory")
    await world.draw("ana", "1girl", style="none")
    job_id = (await world.last_job()).job.id
    message = await world.shown(job_id, "This could not be drawn. The machine that draws has too")
    again = await world.member("ana").click(message, label="Again")
    assert again.response is not None
    assert (await world.app.jobs.wait((await world.last_job()).job.id)).job.state is JobState.DONE


async def test_again_draws_the_same_order_with_fresh_seeds(world: World) -> None:
    await world.drawn("ana", "1girl, score:3", style="none", count=2)
    [message] = world.messages()
    result = await world.panel("bo", message, "Again")
    assert result.response is not None
    first, second = await world.jobs()
    assert second.job.owner_id == world.owner_id("bo")
    old, new = draw_task(first).recipes, draw_task(second).recipes
    assert [r.prompt for r in new] == [r.prompt for r in old]
    assert [r.score for r in new] == [3, 3]
    assert old[0].seed != new[0].seed


async def test_the_recipe_hands_out_the_originals(world: World) -> None:
    _, message = await world.drawn("ana", "1girl", style="none", count=2, seed=9, negative="cat")
    given = await world.panel("bo", message, "Recipe")
    assert given.ephemeral
    assert "Seeds: 9, 10" in said_to(given)
    assert "Left out: cat" in said_to(given)
    answer = (given.followups or [given.response])[0]
    assert answer is not None
    originals = [picture(await attachment.read()) for attachment in answer.attachments]
    assert [image.size for image in originals] == [(128, 128), (128, 128)]


async def test_only_its_owner_deletes_a_drawing(world: World) -> None:
    job_id, message = await world.drawn("ana", "1girl", style="none", count=2)
    theirs = last_answer(await world.member("bo").click(message, label="⋯"))
    assert "Delete" not in labels(theirs)
    with pytest.raises(UserError, match=r"draw\.not_yours"):
        await world.app.draws.delete(job_id, world.owner_id("bo"))
    await world.panel("ana", message, "Delete")
    assert world.messages() == []
    assert (await world.app.jobs.view(job_id)).pictures == ()
    gallery = await world.member("bo").slash(world.channel, "gallery")
    assert "Nothing has been drawn here lately." in said_to(gallery)


async def test_old_buttons_work_after_a_restart(world: World) -> None:
    _, message = await world.drawn("ana", "1girl", style="none", count=1, seed=4)
    await world.env.restart_bot(OwnhandBot(world.app))
    given = await world.panel("bo", message, "Recipe")
    assert "Seeds: 4" in said_to(given)


async def test_each_person_may_wait_for_so_many_jobs_only(world: World) -> None:
    world.engine.hold(at_step=1)
    for _ in range(world.app.settings.max_jobs_per_person):
        await world.draw("ana", "1girl", style="none")
    refused = await world.draw("ana", "1girl", style="none")
    assert last_answer(refused).ephemeral
    assert re.search(r"You have \d+ jobs running or waiting already\.", said_to(refused))
    assert len(world.messages()) == world.app.settings.max_jobs_per_person


async def test_drawing_is_for_servers(world: World) -> None:
    assert "draw" not in world.member("ana").user.available_commands()
    assert "help" in world.member("ana").user.available_commands()


async def test_in_a_channel_that_the_bot_cannot_see_the_answers_token_is_used(
    world: World,
) -> None:
    everyone = world.guild.default_role
    hidden = discord.PermissionOverwrite(view_channel=False)
    world.channel = world.guild.create_text_channel("attic", overwrites={everyone: hidden})
    admin = world.guild.create_role("Attic", permissions=discord.Permissions(administrator=True))
    seer = world.guild.add_member(world.env.create_user("seer"), roles=[admin])
    # The outbox lives outside of SimCord's clock and tokens, so the surface is asked by hand.
    await world.app.detach()
    result = await seer.slash(world.channel, "draw", prompt="cat", style="none", count=1)
    assert result.response is not None
    done = await world.app.jobs.wait((await world.last_job()).job.id)
    bot = cast("OwnhandBot", world.env.bot)
    with world.env.time_context():
        assert await bot.surface.show(done) is None
        await bot.surface.seed_reactions(done)
    assert "I cannot see this channel" in text_of(result.response)
    assert len(result.response.attachments) == 1
    await world.env.advance_time(16 * 60)
    with world.env.time_context(), pytest.raises(ShowRefusedError):
        await bot.surface.show(done)


async def test_nothing_is_posted_again_for_a_job_that_was_erased(world: World) -> None:
    world.engine.hold(at_step=1)
    result = await world.draw("ana", "1girl", style="none")
    assert result.response is not None
    view = await world.last_job()
    await world.app.privacy.erase(world.owner_id("ana"))
    world.env.backend.delete_message(world.channel.id, result.response.id)
    bot = cast("OwnhandBot", world.env.bot)
    with pytest.raises(NotFound):
        await bot.surface.show(view)
    assert world.messages() == []


async def test_russian_words_are_shown_with_what_they_were_drawn_as(world: World) -> None:
    _, message = await world.drawn("ana", "рыжий кот, мурзик", style="none", count=1)
    said = text_of(message)
    assert "**рыжий кот, мурзик**" in said
    assert "Drawn as: рыжий кот → orange cat" in said
    assert "Russian words I know no tag for: **мурзик**" in said


async def test_styles_laid_over_each_other_are_named_and_asked_for_again(world: World) -> None:
    for name in ("mira", "ink"):
        await world.trained("ana", name)
    _, message = await world.drawn("ana", "1girl", style="mira", count=1, **{"with": "ink:0.4/0.2"})
    assert "style **mira**" in text_of(message)
    assert "with **ink** 0.4/0.2" in text_of(message)
    recipe = await world.panel("ana", message, "Recipe")
    assert "Style: mira, weight 1" in said_to(recipe)
    assert "Style: ink, weight 0.4/0.2" in said_to(recipe)
    await world.panel("ana", message, "Again")
    again = draw_task(await world.last_job())
    assert [use.text_weight for use in again.recipes[0].adapters] == [None, 0.2]
    refused = await world.panel("bo", message, "Again")
    assert "There is no style called “mira” here." in said_to(refused)


async def test_a_bad_stack_gets_its_sentence(world: World) -> None:
    refused = await world.draw("ana", "cat", style="none", **{"with": "ink:much"})
    assert "I cannot read `ink:much` among the styles." in said_to(refused)
    refused = await world.draw("ana", 'cat with:"ink:0.5', style="none")
    assert "There is no style called" in said_to(refused)
    assert await world.jobs() == []


async def test_the_last_of_several_styles_is_completed(world: World) -> None:
    await world.trained("ana", "mira")

    async def offered(typed: str, name: str = "ana") -> list[str]:
        ana = world.member(name)
        found = await ana.autocomplete(world.channel, "draw", "with", typed, prompt="x")
        return [choice["value"] for choice in found]

    assert await offered("") == ["mira"]
    assert await offered("ink:0.4,mi") == ["ink:0.4, mira"]
    assert await offered("ink:0.4, mira:0") == []
    assert await offered("x" * 98 + ",m") == []
    assert await offered("", "bo") == []


async def test_a_shape_is_offered_and_drawn(world: World) -> None:
    ana = world.member("ana")
    found = await ana.autocomplete(world.channel, "draw", "shape", "land", prompt="x")
    assert [(one["name"], one["value"]) for one in found] == [("landscape (144×112)", "landscape")]
    _, message = await world.drawn("ana", "cat", style="none", count=1, shape="landscape")
    posted = picture(await message.attachments[0].read())
    assert posted.width > posted.height
    refused = await world.draw("ana", "cat", style="none", shape="wide")
    assert "This base does not draw the shape `wide`." in said_to(refused)


async def test_a_preset_is_offered_and_drawn_with(world: World) -> None:
    ana = world.member("ana")
    found = await ana.autocomplete(world.channel, "draw", "preset", "peop", prompt="x")
    assert [one["value"] for one in found] == ["human"]
    job_id, _ = await world.drawn("ana", "1girl", style="none", count=1, preset="human")
    assert draw_task(await world.app.jobs.view(job_id)).recipes[0].negative == "furry, pony"
    refused = await world.draw("ana", "1girl", style="none", preset="robot")
    assert "There is no preset `robot` (there are: human)." in said_to(refused)
