"""What an artist and a server see of a style's versions, shared and not."""

from bot.services.orders import DrawOrder
from data.models import JobId
from tests.cogs.world import World, is_disabled, said_to, text_of

SHARE, KEEP, FILE = "Let this server draw with it", "Keep private", "Get the file"


async def press(world: World, job_id: JobId, label: str) -> str:
    message = await world.shown(job_id, "is ready")
    return said_to(await world.member("ana").click(message, label=label))


async def drawn_version(world: World, name: str) -> int:
    """Tell which version this person's `/draw` takes."""
    plan = await world.app.draws.plan(
        DrawOrder(
            owner_id=world.owner_id(name), prompt="cat", style="mira", guild_id=world.guild.id
        )
    )
    assert plan.style is not None
    assert plan.style.version is not None
    return plan.style.version.number


async def test_a_new_version_of_a_shared_style_waits_for_its_artists_word(world: World) -> None:
    first = await world.trained("ana", "mira")
    await press(world, first, SHARE)
    second = await world.trained("ana", "mira", count=7)
    message = await world.shown(second, "This is version 2. The server draws with version 1.")
    assert not is_disabled(message, SHARE)
    assert (await drawn_version(world, "ana"), await drawn_version(world, "bo")) == (2, 1)
    listed = said_to(await world.member("ana").slash(world.channel, "style list"))
    assert "**mira**: yours, version 2; the server draws with version 1" in listed
    listed = said_to(await world.member("bo").slash(world.channel, "style list"))
    assert f"**mira**: by <@{world.member('ana').id}>" in listed
    offered = await world.member("bo").autocomplete(world.channel, "draw", "style", "", prompt="x")
    assert [choice["value"] for choice in offered] == ["mira", "none"]
    assert "Everyone in Test Guild can draw with **mira** now." in await press(world, second, SHARE)
    assert is_disabled(await world.shown(second, "Everyone on the server can draw with it."), SHARE)
    assert await drawn_version(world, "bo") == 2


async def test_keeping_one_version_private_says_what_the_server_draws_with(world: World) -> None:
    first = await world.trained("ana", "mira")
    second = await world.trained("ana", "mira", count=7)
    await press(world, second, SHARE)
    said = await press(world, first, SHARE)
    assert "Version 1 of **mira** is shared, but the server draws with the newest" in said
    said = await press(world, second, KEEP)
    assert "Only you can draw with version 2 of **mira**." in said
    assert "The server draws with version 1" in said
    assert await drawn_version(world, "bo") == 1
    said = await press(world, first, KEEP)
    assert "Done. Only you can draw with **mira**." in said
    refused = await world.draw("bo", "cat", style="mira")
    assert "There is no style called “mira” here." in said_to(refused)


async def test_the_command_shares_the_newest_and_takes_all_back(world: World) -> None:
    first = await world.trained("ana", "mira")
    second = await world.trained("ana", "mira", count=7)
    await press(world, first, SHARE)
    ana = world.member("ana")
    await ana.slash(world.channel, "style share", style="mira")
    assert await drawn_version(world, "bo") == 2
    await ana.slash(world.channel, "style share", style="mira", **{"with": "private"})
    listed = said_to(await ana.slash(world.channel, "style list"))
    assert "**mira**: yours, private" in listed
    refused = await world.draw("bo", "cat", style="mira")
    assert "There is no style called “mira” here." in said_to(refused)
    await press(world, second, SHARE)
    assert await drawn_version(world, "bo") == 2


async def test_each_training_hands_out_its_own_file(world: World) -> None:
    jobs = [await world.trained("ana", "mira"), await world.trained("ana", "mira", count=7)]
    for number, job_id in enumerate(jobs, 1):
        message = await world.shown(job_id, "is ready")
        given = await world.member("ana").click(message, label=FILE)
        [answer] = given.followups or [given.response]
        assert answer is not None, text_of(message)
        assert answer.attachments[0].filename.startswith(f"mira-v{number}-")
