"""`/settings`: a private panel that is turned, chosen in, typed into, and there after a restart."""

from __future__ import annotations

import dataclasses
from typing import Any, cast

import discord
import pytest
from simcord.actors import MemberActor
from simcord.results import InteractionResult, ResponseMessage

from bot.client import OwnhandBot
from bot.i18n import Texts
from bot.services.drawing.actor import Actor
from bot.services.drawing.choices import Choices
from cogs.ui.settings_card import settings_card, styles_card
from cogs.ui.tasks import draw_task
from data.models import OwnerId, StyleId
from data.settings import Holder
from tests.cogs.world import World, is_disabled, last_answer, said_to, text_of, walk


async def panel(world: World, who: MemberActor) -> ResponseMessage:
    opened = await who.slash(world.channel, "settings")
    assert opened.ephemeral
    return last_answer(opened)


async def choose(
    who: MemberActor, message: ResponseMessage | discord.Message, verb: str, value: str,
    target: str = "m",
) -> InteractionResult:  # fmt: skip
    return await who.select(message, [value], custom_id=f"oh:{verb}:{target}")


def chosen(message: ResponseMessage | discord.Message) -> list[str]:
    """List what the menus show as set."""
    return [
        str(option["label"])
        for node in walk(message.components)
        for option in node.get("options", ())
        if option.get("default")
    ]


async def in_the_open(world: World, actor: Actor, holder: Holder) -> discord.Message:
    """Post somebody's panel where others can press it."""
    made = await settings_card(world.app, Texts("en"), actor, holder)
    bot = cast("OwnhandBot", world.env.bot)
    return await bot.get_partial_messageable(world.channel.id).send(view=made.view)


async def first(world: World, name: str, **options: Any) -> tuple[int, int | None, str]:
    """Draw, and tell how many pictures came, with which score, and what was said."""
    job_id, message = await world.drawn(name, "cat", **{"style": "none", **options})
    task = draw_task(await world.app.jobs.view(job_id))
    return len(task.recipes), task.score, text_of(message)


async def test_ones_own_are_chosen_drawn_with_and_forgotten_across_a_restart(
    world: World,
) -> None:
    ana = world.member("ana")
    card = await panel(world, ana)
    assert "**Your settings**: nothing is set" in text_of(card)
    assert chosen(card) == [
        "Score: not set", "Shape: not set", "Pictures: not set", "Preset: not set"
    ]  # fmt: skip
    assert is_disabled(card, "Forget all")
    await choose(ana, card, "setscore", "7")
    await choose(ana, card, "setshape", "portrait")
    await world.env.restart_bot(OwnhandBot(world.app))
    await choose(ana, card, "setcount", "1")
    await choose(ana, card, "setpreset", "human")
    assert "**Your settings**: score 7, shape portrait, count 1, preset human" in text_of(card)
    assert chosen(card) == ["score 7", "portrait (112×144)", "count 1", "preset human"]
    count, score, said = await first(world, "ana")
    assert (count, score) == (1, 7)
    assert "score 7, shape portrait, count 1, preset human (your settings)" in said
    assert (await first(world, "ana", score=3, count=2, preset="none"))[:2] == (2, 3)
    assert (await first(world, "bo"))[:2] == (4, None)
    await choose(ana, card, "setscore", "-")
    assert (await first(world, "ana"))[1] is None
    await ana.click(card, label="Forget all")
    assert "**Your settings**: nothing is set" in text_of(card)
    assert (await first(world, "ana"))[:2] == (4, None)


async def test_the_window_sets_the_rest_after_a_restart_and_says_what_is_wrong(
    world: World,
) -> None:
    ana = world.member("ana")
    card = await panel(world, ana)
    opened = await ana.click(card, label="More…")
    await world.env.restart_bot(OwnhandBot(world.app))
    typed = {"negative": "hat", "steps": "12", "cfg": "5,5", "sampler": "ddim", "weight": "0.8"}
    await ana.submit_modal(opened, typed)
    said = "without hat, weight 0.8, steps 12, cfg 5.5, sampler DDIM"
    assert f"**Your settings**: {said}" in text_of(card)
    for wrong, sentence in (
        ({"steps": "99"}, "1 to 60 steps; 99 is outside"),
        ({"cfg": "high"}, "`cfg` needs a number"),
        ({"sampler": "Euler z"}, "There is no sampler"),
        ({"negative": "hat score:7"}, "Only words and their weights go here"),
    ):
        opened = await ana.click(card, label="More…")
        told = await ana.submit_modal(opened, {**typed, **wrong})
        sentences = text_of(last_answer(told)).strip()
        assert sentence in sentences
        assert "\n" not in sentences
    assert f"**Your settings**: {said}" in text_of(card)
    opened = await ana.click(card, label="More…")
    await ana.submit_modal(opened, dict.fromkeys(typed, ""))
    assert "**Your settings**: nothing is set" in text_of(card)


async def test_a_servers_are_for_those_who_manage_it(world: World) -> None:
    ana, manager = world.member("ana"), world.manager()
    card = await panel(world, ana)
    assert is_disabled(card, "This server")
    theirs = await panel(world, manager)
    await manager.click(theirs, label="This server")
    assert text_of(theirs).strip().startswith("**This server’s settings**: nothing is set")
    await choose(manager, theirs, "setcount", "2", "g")
    assert "**This server’s settings**: count 2" in text_of(theirs)
    assert (await first(world, "ana"))[0] == 2
    card = await panel(world, ana)
    assert "This server’s settings: count 2" in text_of(card)
    actor = Actor(id=OwnerId(manager.id), guild_id=world.guild.id, is_manager=True)
    shown = await in_the_open(world, actor, Holder(guild_id=world.guild.id))
    refused = await choose(ana, shown, "setcount", "3", "g")
    assert "Only those who may manage this server can do that." in said_to(refused)
    refused = await ana.click(shown, label="Forget all")
    assert "Only those who may manage this server can do that." in said_to(refused)
    refused = await ana.click(shown, label="More…")
    assert "Only those who may manage this server can do that." in said_to(refused)
    assert (await first(world, "ana"))[0] == 2
    await manager.click(theirs, label="Mine")
    assert "**Your settings**: nothing is set" in text_of(theirs)


async def test_a_styles_are_its_artists_and_count_for_everyone(world: World) -> None:
    await world.trained("ana", "mira")
    style = (await world.last_job()).style
    assert style is not None
    await world.app.sharing.publish(style.id, style.owner_id, guild_id=world.guild.id)
    ana, bo = world.member("ana"), world.member("bo")
    assert is_disabled(await panel(world, bo), "A style…")
    card = await panel(world, ana)
    await ana.click(card, label="A style…")
    await choose(ana, card, "setstyle", style.id, "s")
    assert text_of(card).strip().startswith("**Settings of mira**: nothing is set")
    await choose(ana, card, "setscore", "6", f"s{style.id}")
    assert "**Settings of mira**: score 6" in text_of(card)
    _, score, said = await first(world, "bo", style="mira")
    assert score == 6
    assert "score 6 (the style’s settings)" in said
    shown = await in_the_open(
        world, Actor(id=style.owner_id, guild_id=world.guild.id), Holder(style_id=style.id)
    )
    refused = await choose(bo, shown, "setscore", "3", f"s{style.id}")
    assert "Only the artist who trained it can do that." in said_to(refused)


async def test_a_style_that_is_gone_meanwhile_leaves_a_sentence(world: World) -> None:
    await world.trained("ana", "mira")
    ana = world.member("ana")
    card = await panel(world, ana)
    style = (await world.last_job()).style
    assert style is not None
    await world.app.style_care.delete(style.id, style.owner_id)
    await ana.click(card, label="A style…")
    assert text_of(card).strip() == "You have no style any more."
    assert not [node for node in walk(card.components) if "options" in node]
    await ana.click(card, label="Mine")
    assert "**Your settings**: nothing is set" in text_of(card)


async def test_of_many_styles_the_newest_are_offered_and_that_is_said(world: World) -> None:
    await world.trained("ana", "mira")
    style = (await world.last_job()).style
    assert style is not None
    for language, words in (("en", "the 25 newest of your 27 styles"), ("ru", "до 25")):
        for count in (25, 27):
            styles = [
                dataclasses.replace(style, id=StyleId(f"s{n}"), name=f"n{n}", created_ms=n)
                for n in range(count)
            ]
            made = styles_card(Texts(language), styles)
            sent = made.view.to_components()
            [menu] = [node for node in walk(sent) if "options" in node]
            assert [one["label"] for one in menu["options"]] == [
                f"n{n}" for n in reversed(range(count))
            ][:25]
            assert (words in str(sent)) is (count == 27)


async def test_a_menu_shows_names_as_they_are_and_a_message_without_markdown(
    world: World,
) -> None:
    ana = world.member("ana")
    actor = Actor(id=world.owner_id("ana"), guild_id=world.guild.id)
    await world.app.presets.save(actor, "my_line_", Choices(count=1))
    card = await panel(world, ana)
    await choose(ana, card, "setpreset", "my_line_")
    assert chosen(card)[-1] == "preset my_line_"
    assert "preset my\\_line\\_" in text_of(card)


async def test_more_presets_than_a_menu_holds_show_the_one_that_is_set(world: World) -> None:
    ana = world.member("ana")
    actor = Actor(id=world.owner_id("ana"), guild_id=world.guild.id, is_manager=True)
    for number in range(30):
        await world.app.presets.save(
            actor, f"p{number:02}", Choices(count=1), for_server=number > 9
        )
    await world.app.defaults.change(
        Holder(person_id=actor.id), actor, lambda _: Choices(preset="p29")
    )
    card = await panel(world, ana)
    assert chosen(card)[-1] == "preset p29"
    [menu] = [n for n in walk(card.components) if n.get("custom_id") == "oh:setpreset:m"]
    assert len(menu["options"]) == 25


@pytest.mark.usefixtures("russian")
async def test_it_speaks_russian(world: World) -> None:
    ana = world.member("ana")
    card = await panel(world, ana)
    await choose(ana, card, "setscore", "7")
    assert "**Ваши настройки**: оценка 7" in text_of(card)
