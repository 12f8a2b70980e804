"""The server votes for checkpoints by reaction."""

from __future__ import annotations

import discord

from data.models import JobId
from tests.cogs.world import World, pngs


async def seeded(world: World, job_id: str, count: int = 5) -> discord.Message:
    """Wait for the finished training's message with all its numbers."""

    def look() -> discord.Message | None:
        message = world.message_of(job_id)
        return message if len(message.reactions) == count else None

    return await world.eventually(look)


async def votes_of(world: World, job_id: JobId) -> list[int]:
    view = await world.app.jobs.view(job_id)
    assert view.version is not None
    counts = await world.app.votes.for_checkpoints(view.version.id)
    return [counts.get(saved.id, 0) for saved in view.checkpoints]


async def test_numbers_of_the_sheet_are_votes(world: World) -> None:
    job_id = await world.trained("ana", "mira")
    message = await seeded(world, job_id)
    assert [str(reaction.emoji) for reaction in message.reactions] == [*("1️⃣", "2️⃣", "3️⃣", "4️⃣", "5️⃣")]
    assert await votes_of(world, job_id) == [0] * 5, "the bot's own are no votes"
    await world.member("bo").react(message, "3️⃣")
    await world.member("cy").react(message, "3️⃣")
    await world.member("ana").react(message, "5️⃣")
    assert await votes_of(world, job_id) == [0, 0, 2, 0, 0]
    await world.member("cy").unreact(message, "3️⃣")
    assert await votes_of(world, job_id) == [0, 0, 1, 0, 0]


async def test_a_quiet_training_asks_nobody(world: World) -> None:
    result = await world.hand_over("ana", pngs(6), style="mira")
    assert result.response is not None
    ana = world.member("ana")
    await ana.click(result.response, label="Start")
    await ana.click(result.response, label="Quietly")
    job = (await world.last_job()).job
    await world.app.jobs.wait(job.id)
    [thread] = world.channel.threads

    async def announced() -> bool:
        return (await world.app.store.jobs.get(job.id)).announced_ms is not None

    while not await announced():
        await world.env.settle()
    message = world.message_of(job.id, thread)
    assert message.reactions == []
    assert len(message.attachments) == 4
