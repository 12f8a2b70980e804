"""Under a finished grid: the score at which the style is its artist's own hand."""

from __future__ import annotations

import dataclasses

import pytest

from bot.services.drawing.actor import Actor
from data.settings import Holder
from tests.cogs.world import World, text_of


async def under(world: World, name: str = "bo") -> str:
    _, message = await world.drawn(name, "cat", style="mira", count=1)
    return text_of(message)


async def test_it_is_what_the_artist_drew_with_most_often(world: World) -> None:
    await world.trained("ana", "mira")
    style = (await world.last_job()).style
    assert style is not None
    await world.app.sharing.publish(style.id, style.owner_id, guild_id=world.guild.id)
    for score in (7, 7, 5, 6):
        await world.drawn("ana", "cat", style="mira", score=score, count=1)
        await world.drawn("bo", "cat", style="mira", score=3, count=1)
    assert "usual score" not in await under(world)
    await world.drawn("ana", "cat", style="mira", score=5, count=1)
    said = await under(world)
    assert f"React with ❤️. · <@{world.owner_id('ana')}>’s usual score is 5." in said, (
        "of two that are as frequent it is the later one"
    )
    await world.app.defaults.change(
        Holder(style_id=style.id),
        Actor(id=style.owner_id),
        lambda now: dataclasses.replace(now, score=8),
    )
    said = await under(world)
    assert "usual score is 8." in said
    assert "score 8 (the style’s settings)" in said
    _, bare = await world.drawn("ana", "cat", style="none", count=1)
    assert "usual score" not in text_of(bare)


@pytest.mark.usefixtures("russian")
async def test_what_was_filled_is_said_in_russian(world: World) -> None:
    ana = world.owner_id("ana")
    await world.app.defaults.change(
        Holder(person_id=ana),
        Actor(id=ana),
        lambda now: dataclasses.replace(now, score=7, shape="portrait", count=1),
    )
    _, message = await world.drawn("ana", "cat", style="none")
    assert "оценка 7, форма portrait, картинок: 1 (ваши настройки)" in text_of(message)
    assert text_of(message).count("оценка 7") == 1
