"""`/style character`: added, listed, drawn, removed."""

from __future__ import annotations

import discord

from tests.cogs.world import World, said_to, text_of

MIRA = "red short hair, freckles, green coat"


async def test_a_character_is_added_listed_drawn_and_removed(world: World) -> None:
    ana = world.member("ana")
    path = "style character add"
    added = await ana.slash(world.channel, path, name="mira", words=MIRA)
    assert f"**@mira** is {MIRA}" in said_to(added)
    assert added.ephemeral
    listed = await ana.slash(world.channel, "style character list")
    assert f"**@mira**: {MIRA} (yours)" in said_to(listed)
    _, message = await world.drawn("ana", "@mira, forest", style="none", count=1)
    assert "**@mira, forest**" in text_of(message)
    recipe = await world.panel("bo", message, "Recipe")
    assert f"@mira: {MIRA}" in said_to(recipe)
    gone = await ana.slash(world.channel, "style character remove", name="mira")
    assert "**@mira** is forgotten" in said_to(gone)
    refused = await world.draw("ana", "@mira", style="none")
    assert "There is no character @mira here." in said_to(refused)


async def test_a_moderator_takes_a_shared_one_out_of_the_server(world: World) -> None:
    path = "style character add"
    shared = {"with": "guild"}
    await world.member("ana").slash(world.channel, path, name="mira", words=MIRA, **shared)
    await world.drawn("bo", "@mira", style="none", count=1)
    refused = await world.member("bo").slash(world.channel, "style character remove", name="mira")
    assert "somebody else" in said_to(refused)
    may = discord.Permissions(manage_messages=True, view_channel=True)
    role = world.guild.create_role("Mods", permissions=may)
    moderator = world.guild.add_member(world.env.create_user("mod"), roles=[role])
    taken = await moderator.slash(world.channel, "style character remove", name="mira")
    assert "no longer shared here" in said_to(taken)
    refused = await world.draw("bo", "@mira", style="none")
    assert "There is no character @mira here." in said_to(refused)
    await world.drawn("ana", "@mira", style="none", count=1)
