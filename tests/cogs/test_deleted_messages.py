"""What somebody deleted in Discord is shown no more, whether the bot was there or away."""

import asyncio

import discord

from bot.client import OwnhandBot
from tests.cogs.world import World, said_to, votes_of


async def gallery(world: World) -> str:
    return said_to(await world.member("cy").slash(world.channel, "gallery"))


async def test_a_deleted_picture_leaves_the_gallery_and_keeps_its_votes(world: World) -> None:
    job_id, message = await world.drawn("ana", "1girl", style="none", count=1)
    await world.member("bo").react(message, "1️⃣")
    await world.drawn("ana", "house", style="none", count=1)
    world.env.backend.delete_message(world.channel.id, message.id)
    await world.env.settle()
    seen = await gallery(world)
    assert "[house]" in seen
    assert "1girl" not in seen
    assert await votes_of(world, job_id) == [1]


async def test_many_deleted_at_once_leave_the_gallery(world: World) -> None:
    drawn = [await world.drawn("ana", "1girl", style="none", count=1) for _ in range(2)]
    ids = [message.id for _, message in drawn]
    world.env.backend.bulk_delete_messages(world.channel.id, ids)
    await world.env.settle()
    assert "Nothing has been drawn here lately." in await gallery(world)


async def test_a_deleted_thread_leaves_the_gallery(world: World) -> None:
    channel = world.env.bot.get_channel(world.channel.id)
    assert isinstance(channel, discord.TextChannel)
    thread = await channel.create_thread(name="side", type=discord.ChannelType.public_thread)
    [side] = [one for one in world.channel.threads if one.id == thread.id]
    await world.member("ana").slash(side, "draw", prompt="1girl", style="none", count=1)
    await world.app.jobs.wait((await world.last_job()).job.id)
    assert "1girl" in await gallery(world)
    await thread.delete()
    await world.env.settle()
    assert "Nothing has been drawn here lately." in await gallery(world)


class Away(OwnhandBot):
    """A client that hears nothing of messages: what happens now is missed."""

    def dispatch(self, event_name: str, /, *args: object, **kwargs: object) -> None:
        if not event_name.startswith("raw_"):
            super().dispatch(event_name, *args, **kwargs)


async def test_what_was_deleted_while_the_bot_was_away_leaves_the_gallery(world: World) -> None:
    job_id, message = await world.drawn("ana", "1girl", style="none", count=1)
    while (await world.app.store.jobs.get(job_id)).announced_ms is None:  # noqa: ASYNC110 - the store has no events
        await asyncio.sleep(0.01)
    await world.env.restart_bot(Away(world.app))
    world.env.backend.delete_message(world.channel.id, message.id)
    await world.env.settle()
    assert "1girl" in await gallery(world)
    await world.env.restart_bot(OwnhandBot(world.app))
    await world.env.settle()
    assert "Nothing has been drawn here lately." in await gallery(world)
