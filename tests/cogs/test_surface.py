"""The one message of a job, as it is edited and found again."""

import dataclasses
from typing import cast

from bot.client import OwnhandBot
from data.models import JobId, JobState, Place
from tests.cogs.world import World


async def test_a_message_posted_before_a_crash_is_found_again(world: World) -> None:
    job_id = await world.trained("ana", "mira")
    posted = await world.shown(job_id, "is ready")
    view = await world.app.jobs.view(JobId(job_id))
    lost = Place(guild_id=world.guild.id, channel_id=world.channel.id, message_id=None)
    forgotten = dataclasses.replace(view, job=dataclasses.replace(view.job, place=lost))
    place = await cast("OwnhandBot", world.env.bot).surface.show(forgotten)
    assert place == dataclasses.replace(lost, message_id=posted.id)
    assert len(world.messages()) == 1


async def test_the_strip_is_uploaded_again_only_when_it_changed(world: World) -> None:
    job_id = await world.trained("ana", "mira")
    message_id = (await world.shown(job_id, "is ready")).id
    ended = await world.app.jobs.view(job_id)
    assert len(ended.checkpoints) > 1

    async def uploaded(step: int, checkpoints: int) -> list[int]:
        """Show the training as it was then; return the ids of what the message has attached."""
        running = dataclasses.replace(ended.job, state=JobState.RUNNING, step=step)
        view = dataclasses.replace(ended, job=running, checkpoints=ended.checkpoints[:checkpoints])
        await cast("OwnhandBot", world.env.bot).surface.show(view)
        [message] = [one for one in world.messages() if one.id == message_id]
        return [attachment.id for attachment in message.attachments]

    assert await uploaded(1, 0) == []
    first = await uploaded(2, 1)
    assert len(first) == 1
    assert await uploaded(3, 1) == first
    assert await uploaded(4, 1) == first
    second = await uploaded(5, 2)
    assert len(second) == 1
    assert second != first
