"""`/preset`: saved, listed, offered, drawn with, deleted."""

from __future__ import annotations

import pytest

from cogs.ui.tasks import draw_task
from tests.cogs.world import World, said_to, text_of

SAVE = "preset save"


async def offered(world: World, name: str, typed: str = "") -> list[str]:
    found = await world.member(name).autocomplete(
        world.channel, "draw", "preset", typed, prompt="x"
    )
    return [one["name"] for one in found]


async def test_a_preset_is_saved_listed_offered_drawn_with_and_deleted(world: World) -> None:
    ana = world.member("ana")
    saved = await ana.slash(
        world.channel, SAVE, name="Soft", words="red dress", score=6, count=1, negative="house"
    )
    assert saved.ephemeral
    assert "**soft**: score 6, count 1, without house, words red dress." in said_to(saved)
    assert "others do only where the settings of a style of yours name it" in said_to(saved)
    listed = await ana.slash(world.channel, "preset list")
    assert "**soft**: score 6, count 1, without house, words red dress (yours)" in said_to(listed)
    assert await offered(world, "ana") == [
        "human: people who come out as people", "soft (yours)", "none: without a preset"
    ]  # fmt: skip
    assert await offered(world, "ana", "SO") == ["soft (yours)"]
    assert await offered(world, "bo", "so") == []
    _, message = await world.drawn("ana", "cat", style="none", preset="soft")
    assert "**red dress, cat**" in text_of(message)
    assert "score 6" in text_of(message)
    refused = await world.draw("bo", "cat", style="none", preset="soft")
    assert "There is no preset `soft` (there are: human)." in said_to(refused)
    found = await ana.autocomplete(world.channel, "preset delete", "name", "of")
    assert [one["value"] for one in found] == ["soft"]
    gone = await ana.slash(world.channel, "preset delete", name="soft")
    assert "**soft** is forgotten" in said_to(gone)
    again = await ana.slash(world.channel, "preset delete", name="soft")
    assert "There is no preset `soft` here." in said_to(again)


async def test_a_servers_is_for_all_and_kept_by_those_who_manage_it(world: World) -> None:
    ana, manager = world.member("ana"), world.manager()
    refused = await ana.slash(world.channel, SAVE, name="ours", score=4, server=True)
    assert "Only those who may manage this server can do that." in said_to(refused)
    saved = await manager.slash(world.channel, SAVE, name="ours", score=4, server=True)
    assert "Everyone in this server" in said_to(saved)
    assert await offered(world, "ana", "our") == ["ours"]
    job_id, _ = await world.drawn("ana", "cat", style="none", count=1, preset="ours")
    assert draw_task(await world.app.jobs.view(job_id)).score == 4
    found = await ana.autocomplete(world.channel, "preset delete", "name", "")
    assert found == []
    refused = await ana.slash(world.channel, "preset delete", name="ours")
    assert "Only those who may manage this server can do that." in said_to(refused)
    gone = await manager.slash(world.channel, "preset delete", name="ours")
    assert "This server’s preset **ours** is forgotten." in said_to(gone)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"name": "human", "score": 7}, "`human` means something already."),
        ({"name": "soft"}, "Name at least one choice"),
        ({"name": "soft", "sampler": "Euler z"}, "There is no sampler"),
        ({"name": "soft", "words": "cat score:7"}, "Only words and their weights go here"),
    ],
)
async def test_what_is_wrong_is_said(
    world: World, options: dict[str, object], sentence: str
) -> None:
    refused = await world.member("ana").slash(world.channel, SAVE, **options)
    assert sentence in said_to(refused)
    assert "There is no preset here yet" in said_to(
        await world.member("ana").slash(world.channel, "preset list")
    )


@pytest.mark.usefixtures("russian")
async def test_it_speaks_russian(world: World) -> None:
    saved = await world.member("ana").slash(world.channel, SAVE, name="мягко", score=6)
    assert "Запомнил как **мягко**: оценка 6." in said_to(saved)
    _, message = await world.drawn("ana", "кот", style="none", count=1, preset="Мягко")
    assert "оценка 6" in text_of(message)
