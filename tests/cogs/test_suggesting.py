"""Styles of one name: what is offered says whose each is, and what is chosen is drawn with."""

import pytest

from bot.services.orders import DrawOrder
from tests.cogs.world import World, change_payloads, said_to, text_of


async def shared(world: World, name: str, style: str) -> str:
    """Train a style and share it; return its id."""
    job_id = await world.trained(name, style)
    view = await world.app.jobs.view(job_id)
    assert view.style is not None
    await world.app.sharing.publish(view.style.id, world.owner_id(name))
    return view.style.id


async def offered(
    world: World, name: str, typed: str = "", *, command: str = "draw"
) -> dict[str, str]:
    """Return the choices that a person sees, and what each stands for."""
    filled = {"prompt": "x"} if command == "draw" else {}
    found = await world.member(name).autocomplete(world.channel, command, "style", typed, **filled)
    return {choice["name"]: choice["value"] for choice in found}


async def test_two_styles_of_one_name_are_told_apart_and_drawn_with(world: World) -> None:
    anas, bos = await shared(world, "ana", "mira"), await shared(world, "bo", "mira")
    await shared(world, "bo", "oil")
    choices = await offered(world, "cy")
    assert choices == {"mira (by ana)": anas, "mira (by bo)": bos, "oil": "oil", "none": "none"}
    assert await offered(world, "ana", "MI") == {"mira (yours)": anas, "mira (by bo)": bos}
    for style_id in (bos, anas):
        job_id, message = await world.drawn("cy", "cat", style=style_id, count=1)
        assert (await world.app.jobs.view(job_id)).job.style_id == style_id
        assert "style **mira**" in text_of(message)


async def test_again_draws_with_the_style_of_the_picture(world: World) -> None:
    await shared(world, "ana", "mira")
    bos = await shared(world, "bo", "mira")
    _, message = await world.drawn("cy", "cat", style=bos, count=1)
    await world.panel("ana", message, "Again")
    assert (await world.last_job()).job.style_id == bos
    await world.app.sharing.keep_private(bos, world.owner_id("bo"))  # type: ignore[arg-type]
    refused = await world.panel("ana", message, "Again")
    assert said_to(refused) == (
        "There is no style called “mira” here. `/style list` shows those you can draw with."
    )


async def test_an_artist_who_left_is_named_by_the_end_of_their_number(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await shared(world, "ana", "mira")
    bos = await shared(world, "bo", "mira")
    world.guild.remove_member(world.member("bo"))
    digits = str(world.owner_id("bo"))[-4:]
    assert (await offered(world, "cy"))[f"mira (by …{digits})"] == bos
    change_payloads(monkeypatch, locale="ru")
    assert f"mira (художник: …{digits})" in await offered(world, "cy")


async def test_the_channels_style_can_be_chosen_by_its_id(world: World) -> None:
    await shared(world, "ana", "mira")
    bos = await shared(world, "bo", "mira")
    host = world.host()
    said = said_to(await host.slash(world.channel, "style default", style=bos))
    assert "I draw with **mira** in this channel" in said
    order = DrawOrder(
        owner_id=world.owner_id("cy"), prompt="cat", guild_id=world.guild.id,
        channel_id=world.channel.id,
    )  # fmt: skip
    plan = await world.app.draws.plan(order)
    assert plan.style is not None
    assert (plan.style.style.id, plan.why) == (bos, "channel")


async def test_ones_own_styles_are_offered_and_found_by_id_too(world: World) -> None:
    anas = await shared(world, "ana", "mira")
    assert await offered(world, "ana", command="style share") == {"mira": "mira"}
    said = said_to(await world.member("ana").slash(world.channel, "style share", style=anas))
    assert "Everyone in Test Guild can draw with **mira** now." in said
