"""What is drawn where only some may look is shown to those alone."""

from __future__ import annotations

import discord
import pytest
from simcord.actors import MemberActor
from simcord.builders import ChannelHandle
from simcord.results import InteractionResult

from tests.cogs.world import World, labels, pngs, said_to

SECRET = "cat"


@pytest.fixture
def den(world: World) -> ChannelHandle:
    """A channel that ana sees, and bo does not."""
    return hidden_channel(world, "den")


def hidden_channel(world: World, name: str) -> ChannelHandle:
    me = world.env.bot.user
    assert me is not None
    return world.guild.create_text_channel(
        name,
        overwrites={
            world.guild.default_role: discord.PermissionOverwrite(view_channel=False),
            world.member("ana"): discord.PermissionOverwrite(view_channel=True),
            me: discord.PermissionOverwrite(view_channel=True),
        },
    )


async def drawn_in(world: World, channel: ChannelHandle, prompt: str = SECRET) -> int:
    """Let ana draw one picture there; return its message's id."""
    result = await world.member("ana").slash(channel, "draw", prompt=prompt, style="none", count=1)
    assert result.response is not None
    await world.app.jobs.wait((await world.last_job()).job.id)
    return result.response.id


async def gallery(world: World, name: str, channel: ChannelHandle | None = None) -> str:
    return said_to(await world.member(name).slash(channel or world.channel, "gallery"))


async def open_thread(world: World, channel: ChannelHandle) -> ChannelHandle:
    """Open a thread that everybody sees who sees the channel."""
    parent = world.env.bot.get_channel(channel.id)
    assert isinstance(parent, discord.TextChannel)
    made = await parent.create_thread(name="side", type=discord.ChannelType.public_thread)
    [thread] = [one for one in channel.threads if one.id == made.id]
    return thread


def is_for_one(result: InteractionResult) -> bool:
    """Tell whether nobody but the asker sees any of the answer."""
    answers = [answer for answer in (result.response, *result.followups) if answer is not None]
    assert answers, result
    assert len({answer.ephemeral for answer in answers}) == 1, "partly seen, partly not"
    return answers[0].ephemeral


def queue_lines(result: InteractionResult) -> list[str]:
    return [line for line in said_to(result).splitlines() if line.startswith("**")]


async def test_a_gallery_has_pictures_of_seen_channels_alone(
    world: World, den: ChannelHandle
) -> None:
    await drawn_in(world, den)
    await drawn_in(world, world.channel, "house")
    seen = await gallery(world, "bo")
    assert "[house]" in seen
    assert SECRET not in seen
    assert str(den.id) not in seen, "no link, either"
    assert SECRET in await gallery(world, "ana")


async def test_an_answer_with_hidden_pictures_is_for_the_asker_alone(
    world: World, den: ChannelHandle
) -> None:
    await drawn_in(world, world.channel, "house")
    assert not is_for_one(await world.member("ana").slash(world.channel, "gallery"))
    await drawn_in(world, den)
    alone = await world.member("ana").slash(world.channel, "gallery")
    assert is_for_one(alone)
    assert "Only you see this" in said_to(alone)
    assert not is_for_one(await world.member("ana").slash(den, "gallery"))
    twin = hidden_channel(world, "twin")
    assert not is_for_one(await world.member("ana").slash(twin, "gallery")), "the same people"


async def test_a_channel_that_keeps_one_person_out_is_not_for_everyone(world: World) -> None:
    kept_out = discord.PermissionOverwrite(view_channel=False)
    club = world.guild.create_text_channel("club", overwrites={world.member("bo"): kept_out})
    await drawn_in(world, club)
    assert SECRET not in await gallery(world, "bo")
    assert is_for_one(await world.member("ana").slash(world.channel, "gallery"))


async def test_hidden_votes_make_no_ranking(world: World, den: ChannelHandle) -> None:
    message_id = await drawn_in(world, den)
    await drawn_in(world, world.channel, "house")
    for voter in ("cy", "dee", "eve"):
        await world.app.votes.reaction(
            message_id, voter_id=world.owner_id(voter), emoji="1️⃣", added=True
        )
    seen = await gallery(world, "bo")
    assert "The newest pictures" in seen
    assert "3 more people have to vote" in seen
    assert "What this server liked best" in await gallery(world, "ana")


async def test_a_thread_is_seen_as_its_channel_is_archived_or_not(
    world: World, den: ChannelHandle
) -> None:
    hidden, shown = await open_thread(world, den), await open_thread(world, world.channel)
    await drawn_in(world, hidden)
    await drawn_in(world, shown, "house")
    thread = world.env.bot.get_channel(shown.id)
    assert isinstance(thread, discord.Thread)
    await thread.edit(archived=True)
    await world.env.settle()
    assert world.env.bot.get_channel(shown.id) is None, "discord.py forgets what is archived"
    seen = await gallery(world, "bo")
    assert "[house]" in seen
    assert SECRET not in seen
    assert SECRET in await gallery(world, "ana")


async def test_a_deleted_channel_is_in_no_gallery(world: World) -> None:
    gone = world.guild.create_text_channel("gone")
    await drawn_in(world, gone)
    assert SECRET in await gallery(world, "bo")
    channel = world.env.bot.get_channel(gone.id)
    assert isinstance(channel, discord.TextChannel)
    await channel.delete()
    await world.env.settle()
    assert "Nothing has been drawn here lately." in await gallery(world, "bo")


async def test_the_queue_keeps_the_words_of_hidden_jobs(world: World, den: ChannelHandle) -> None:
    world.engine.hold(at_step=1)
    ana: MemberActor = world.member("ana")
    await ana.slash(await open_thread(world, den), "draw", prompt=SECRET, style="none")
    await ana.slash(world.channel, "draw", prompt="house", style="none")
    first, second = queue_lines(await world.member("bo").slash(world.channel, "queue"))
    assert first == "**1.** a job in a channel that you do not see: 0 %"
    assert "*house*" in second
    assert f"*{SECRET}*" in said_to(await ana.slash(world.channel, "queue"))


async def test_the_queue_keeps_the_name_of_a_hidden_training(
    world: World, den: ChannelHandle
) -> None:
    world.engine.hold(at_step=1)
    opened = await world.member("ana").slash(den, "train")
    card = await world.member("ana").submit_modal(
        opened, {"name": "mira", "words": "1girl", "files1": pngs(6)}
    )
    assert card.response is not None
    await world.member("ana").click(card.response, label="Start")
    await world.member("ana").click(card.response, label="Train in the open")
    queue = await world.member("bo").slash(world.channel, "queue")
    assert len(queue_lines(queue)) == 1
    assert "mira" not in said_to(queue)


async def test_a_training_in_a_private_thread_is_quiet(world: World) -> None:
    world.engine.hold(at_step=1)
    parent = world.env.bot.get_channel(world.channel.id)
    assert isinstance(parent, discord.TextChannel)
    made = await parent.create_thread(name="us", type=discord.ChannelType.private_thread)
    await made.add_user(discord.Object(world.member("ana").id))
    [thread] = world.channel.threads
    opened = await world.member("ana").slash(thread, "train")
    card = await world.member("ana").submit_modal(
        opened, {"name": "mira", "words": "1girl", "files1": pngs(6)}
    )
    assert card.response is not None
    await world.member("ana").click(card.response, label="Start")
    await world.member("ana").click(card.response, label="Train in the open")
    assert (await world.last_job()).job.quiet
    assert "Nothing is waiting." in said_to(await world.member("bo").slash(world.channel, "queue"))


async def test_a_moderator_still_stops_what_they_may_not_read(
    world: World, den: ChannelHandle
) -> None:
    world.engine.hold(at_step=1)
    await world.member("ana").slash(den, "draw", prompt=SECRET, style="none")
    role = world.guild.create_role(
        "Mods", permissions=discord.Permissions(manage_messages=True, view_channel=True)
    )
    mod = world.guild.add_member(world.env.create_user("mod"), roles=[role])
    queue = await mod.slash(world.channel, "queue")
    assert queue.response is not None
    assert SECRET not in said_to(queue)
    assert labels(queue.response) == ["Cancel 1"]
