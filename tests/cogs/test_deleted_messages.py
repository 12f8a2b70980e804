"""What was deleted in Discord is shown no more, and what was erased is deleted in Discord."""

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


async def erase_ana(world: World) -> None:
    asked = await world.member("ana").slash(world.channel, "privacy delete")
    assert asked.response is not None
    await world.member("ana").click(asked.response, label="Delete everything")


async def left(world: World) -> int:
    return len(await world.app.store.removals.pending())


async def test_erased_messages_in_an_archived_thread_are_deleted_and_it_stays_archived(
    world: World,
) -> None:
    channel = world.env.bot.get_channel(world.channel.id)
    assert isinstance(channel, discord.TextChannel)
    thread = await channel.create_thread(name="side", type=discord.ChannelType.public_thread)
    [side] = [one for one in world.channel.threads if one.id == thread.id]
    await world.member("ana").slash(side, "draw", prompt="1girl", style="none", count=1)
    await world.app.jobs.wait((await world.last_job()).job.id)
    await thread.edit(archived=True)
    await world.env.settle()
    # SimCord deletes from archived threads without a word.
    path = f"/channels/{thread.id}/messages/*"
    world.env.inject_error("DELETE", path, status=400, code=50083, message="Thread is archived")
    await erase_ana(world)
    await world.eventually(lambda: world.messages(side) == [])

    def archived() -> list[bool]:
        edits = [r for r in world.env.http_requests if r.path == f"/channels/{thread.id}"]
        return [edit.json["archived"] for edit in edits if edit.method == "PATCH" and edit.json]

    await world.eventually(lambda: archived() == [True, False, True])


async def test_a_message_that_discord_keeps_is_tried_again_after_a_restart(world: World) -> None:
    _, message = await world.drawn("ana", "1girl", style="none", count=1)
    path = f"/channels/{world.channel.id}/messages/{message.id}"
    world.env.inject_error("DELETE", path, status=403, code=50001, message="Missing Access")
    await erase_ana(world)
    await world.env.settle()
    assert await left(world) == 1
    await world.env.restart_bot(OwnhandBot(world.app))
    await world.eventually(lambda: message.id not in [m.id for m in world.messages()])
