"""The smaller commands, the language, and what happens when something breaks."""

import dataclasses
import logging
import re
from typing import cast

import discord
import pytest

from bot.client import PERMISSIONS, OwnhandBot, intents
from tests.cogs.world import World, change_payloads, labels, last_answer, pngs, said_to, text_of


async def test_the_queue_shows_jobs_and_stops_ones_own(world: World) -> None:
    world.engine.hold(at_step=1)
    await world.draw("ana", "1girl", style="none")
    await world.draw("bo", "cat", style="none")
    result = await world.member("ana").slash(world.channel, "queue")
    assert result.ephemeral
    assert result.response is not None
    lines = [line for line in said_to(result).splitlines() if line.startswith("**")]
    assert "*1girl*" in lines[0]
    assert "*cat*" in lines[1]
    assert labels(result.response) == ["Cancel 1"]
    stopped = await world.member("ana").click(result.response, label="Cancel 1")
    assert "Stopping it." in said_to(stopped)
    first, second = await world.jobs()
    await world.app.jobs.wait(first.job.id)
    assert not second.job.state.is_terminal


async def test_a_moderator_may_stop_everything(world: World) -> None:
    world.engine.hold(at_step=1)
    await world.draw("ana", "1girl", style="none")
    role = world.guild.create_role(
        "Mods", permissions=discord.Permissions(manage_messages=True, view_channel=True)
    )
    mod = world.guild.add_member(world.env.create_user("mod"), roles=[role])
    result = await mod.slash(world.channel, "queue")
    assert result.response is not None
    assert labels(result.response) == ["Cancel 1"]


async def test_the_style_list_tells_own_from_others(world: World) -> None:
    assert "There is no style" in said_to(
        await world.member("bo").slash(world.channel, "style list")
    )
    await world.trained("ana", "mira")
    await world.member("ana").slash(world.channel, "style share", style="mira")
    mine = await world.member("ana").slash(world.channel, "style list")
    assert "**mira**: yours, shared with this server" in said_to(mine)
    others = await world.member("bo").slash(world.channel, "style list")
    assert f"**mira**: by <@{world.member('ana').id}>" in said_to(others)
    await world.member("ana").slash(
        world.channel, "style share", style="mira", **{"with": "private"}
    )
    mine = await world.member("ana").slash(world.channel, "style list")
    assert "**mira**: yours, private" in said_to(mine)


async def test_a_style_of_another_base_is_listed_with_the_base(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.trained("ana", "mira")
    ana, bo = world.member("ana"), world.member("bo")
    await ana.slash(world.channel, "style share", style="mira")
    ready = dataclasses.replace(world.engine.ready, base_sha256="0" * 64)
    monkeypatch.setattr(world.engine, "_ready", ready)  # as after a change of BASE_MODEL
    listed = said_to(await ana.slash(world.channel, "style list"))
    assert "**mira**: yours, trained for another base (builtin ffffff)" in listed
    listed = said_to(await bo.slash(world.channel, "style list"))
    assert f"**mira**: by <@{ana.id}>, trained for another base (builtin ffffff)" in listed
    refused = said_to(await bo.slash(world.channel, "draw", prompt="cat", style="mira"))
    assert refused == (
        "The style “mira” was trained for another base (builtin ffffff). "
        "The base here is builtin 000000 now; the style has to be trained again for it."
    )


async def test_a_long_style_list_fits_into_a_message(world: World) -> None:
    for number in range(60):
        name = f"a_rather_long_name_of_a_style_{number}"
        await world.app.store.styles.create(world.owner_id("ana"), name, world.guild.id, number)
    listed = said_to(await world.member("ana").slash(world.channel, "style list"))
    assert len(listed) <= 2000
    shown = listed.count("not trained yet")
    assert shown > 20
    assert f"… and {60 - shown} more." in listed


async def test_a_channel_gets_a_style_from_those_who_manage_it(world: World) -> None:
    for name in ("mira", "ink"):
        await world.trained("ana", name)
        await world.member("ana").slash(world.channel, "style share", style=name)
    refused = await world.member("bo").slash(world.channel, "style default", style="ink")
    assert "You may not do that here." in said_to(refused)
    host = world.host()
    chosen = await host.slash(world.channel, "style default", style="ink")
    assert "I draw with **ink** in this channel" in said_to(chosen)
    _, message = await world.drawn("bo", "cat")
    assert "style **ink** (this channel's)" in text_of(message)
    await host.slash(world.channel, "style default")
    asked = await world.member("cy").slash(world.channel, "draw", prompt="cat")
    assert "Say which one" in said_to(asked)


async def test_a_channel_gets_no_style_that_others_could_not_draw_with(world: World) -> None:
    host = world.host()
    world.people["host"] = host
    await world.trained("host", "mira")
    offered = await host.autocomplete(world.channel, "style default", "style", "")
    assert offered == []
    refused = await host.slash(world.channel, "style default", style="mira")
    assert "The style “mira” is private" in said_to(refused)
    assert "Share it first: `/style share`." in said_to(refused)
    await host.slash(world.channel, "style share", style="mira")
    offered = await host.autocomplete(world.channel, "style default", "style", "")
    assert [choice["value"] for choice in offered] == ["mira"]
    chosen = await host.slash(world.channel, "style default", style="mira")
    assert "I draw with **mira** in this channel" in said_to(chosen)


async def test_the_file_of_a_style_is_for_its_artist(world: World) -> None:
    await world.trained("ana", "mira")
    refused = await world.member("bo").slash(world.channel, "style file", style="mira")
    assert "There is no style called “mira” here." in said_to(refused)
    await world.member("ana").slash(world.channel, "style share", style="mira")
    refused = await world.member("bo").slash(world.channel, "style file", style="mira")
    assert "Only the artist who trained it" in said_to(refused)
    given = await world.member("ana").slash(world.channel, "style file", style="mira")
    answer = (given.followups or [given.response])[0]
    assert answer is not None
    assert answer.attachments[0].filename.endswith(".safetensors")


async def test_privacy_delete_asks_once_and_deletes_all(world: World) -> None:
    await world.trained("ana", "mira")
    await world.drawn("ana", "1girl", count=2)
    asked = await world.member("ana").slash(world.channel, "privacy delete")
    assert asked.ephemeral
    assert asked.response is not None
    assert "6 drawings, 1 style, 0 characters, 0 saved settings, 2 pictures, 2 jobs" in said_to(
        asked
    )
    kept = await world.member("ana").click(asked.response, label="Keep everything")
    assert "Everything stays as it was." in said_to(kept)
    asked = await world.member("ana").slash(world.channel, "privacy delete")
    assert asked.response is not None
    await world.member("ana").click(asked.response, label="Delete everything")
    assert "Deleted: 6 drawings, 1 style, 0 characters, 0 saved settings, 2 pictures" in text_of(
        asked.response
    )
    await world.eventually(lambda: world.messages() == [])
    again = await world.member("ana").slash(world.channel, "privacy delete")
    assert "I keep nothing about you." in said_to(again)


async def test_privacy_about_and_help_fit_into_a_message(world: World) -> None:
    about = said_to(await world.member("ana").slash(world.channel, "privacy about"))
    help_text = said_to(await world.member("ana").slash(world.channel, "help"))
    assert "I read no messages." in about
    order = [help_text.index(f"`/{name}`") for name in ("draw", "gallery", "style list", "queue")]
    assert order == sorted(order)
    assert help_text.index("`/train`") > order[-1]
    assert max(len(about), len(help_text)) <= 2000


async def test_an_error_is_one_sentence_and_one_log_line_with_the_same_id(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the disk is on fire")

    monkeypatch.setattr(world.app.gallery, "show", broken)
    answer = said_to(await world.member("ana").slash(world.channel, "gallery"))
    monkeypatch.setattr(world.app.datasets, "add", broken)
    from_modal = said_to(await world.hand_over("ana", pngs(1)))
    incidents = re.findall(r"tell the host this number: (\w+)", answer + from_modal)
    lines = [r for r in caplog.records if r.levelno == logging.ERROR and r.name == "bot.tree"]
    assert [line.getMessage().split()[1] for line in lines] == incidents
    assert len(incidents) == 2
    assert "fire" not in answer + from_modal
    world.incidents_expected = 2


async def test_a_broken_button_is_reported_like_a_command(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, message = await world.drawn("ana", "1girl", style="none", count=1)

    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr(world.app.draws, "again", broken)
    answer = await world.panel("bo", message, "Again")
    assert last_answer(answer).ephemeral
    assert world.messages() == [message], "the message for the pictures is gone again"
    assert "tell the host this number" in said_to(answer)
    world.incidents_expected = 1


async def test_a_button_about_something_erased_says_so(world: World) -> None:
    _, message = await world.drawn("ana", "1girl", style="none", count=1)
    await world.app.privacy.erase(world.owner_id("ana"))
    answer = await world.member("bo").click(message, label="⋯")
    assert "This is not here any more." in said_to(answer)


@pytest.mark.usefixtures("russian")
async def test_russians_read_russian(world: World) -> None:
    help_text = said_to(await world.member("ana").slash(world.channel, "help"))
    assert "Я **Ownhand**" in help_text
    refused = await world.draw("ana", "кот score:11", style="none")
    assert "Оценка бывает от 1 до 9, а 11 не подходит." in said_to(refused)
    _, message = await world.drawn("ana", "cat score:7", style="none", count=1)
    assert "оценка 7" in text_of(message)
    assert labels(message) == ["Крупнее", "⋯"]
    panel = labels(last_answer(await world.member("ana").click(message, label="⋯")))
    assert panel[-5:] == ["Изменить", "Точно так же", "Рецепт", "Удалить", "Пожаловаться"]
    card = await world.hand_over("ana", pngs(3), style="мира")
    assert "Рисунки для стиля **мира**" in said_to(card)
    assert "Здесь 3 рисунка." in said_to(card)


async def test_an_old_message_is_edited_in_the_language_it_was_asked_in(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    change_payloads(monkeypatch, locale="ru")
    world.engine.hold(at_step=1)
    await world.draw("ana", "cat", style="none", count=1)
    change_payloads(monkeypatch, locale="en-US")
    world.engine.release()
    await world.shown((await world.last_job()).job.id, "Нравится?")


async def test_a_mention_is_no_command(world: World) -> None:
    """What begins with a mention is read without any intent; the bot takes no orders from it."""
    bot, errors = cast("OwnhandBot", world.env.bot), list[Exception]()

    async def heard(_: object, error: Exception) -> None:
        errors.append(error)

    bot.add_listener(heard, "on_command_error")
    assert bot.user is not None
    await world.member("ana").send(world.channel, f"{bot.user.mention} hello")
    assert errors == []


def test_nothing_privileged_is_asked_for() -> None:
    assert intents().value == 1537
    assert not intents().message_content
    assert not intents().members


def test_the_invite_asks_for_exactly_what_is_needed() -> None:
    assert {name for name, wanted in PERMISSIONS if wanted} == {
        "read_messages",  # discord.py's name of View Channel
        "send_messages",
        "send_messages_in_threads",
        "create_private_threads",
        "attach_files",
        "embed_links",
        "add_reactions",
        "read_message_history",
    }
