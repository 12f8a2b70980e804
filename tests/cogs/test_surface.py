"""The one message of a job, as it is edited and found again."""

import dataclasses
from typing import cast

from bot.client import OwnhandBot
from cogs.ui.theatre import scenes
from data.models import JobId, JobState, Place
from tests.cogs.world import World, walk


async def test_a_message_posted_before_a_crash_is_found_again(world: World) -> None:
    job_id = await world.trained("ana", "mira")
    posted = await world.shown(job_id, "is ready")
    view = await world.app.jobs.view(JobId(job_id))
    lost = Place(guild_id=world.guild.id, channel_id=world.channel.id, message_id=None)
    forgotten = dataclasses.replace(view, job=dataclasses.replace(view.job, place=lost))
    place = await cast("OwnhandBot", world.env.bot).surface.show(forgotten)
    assert place == dataclasses.replace(lost, message_id=posted.id)
    assert len(world.messages()) == 1


async def test_only_pictures_that_changed_are_uploaded_again(world: World) -> None:
    job_id = await world.trained("ana", "mira")
    message_id = (await world.shown(job_id, "is ready")).id
    ended = await world.app.jobs.view(job_id)
    assert len(ended.checkpoints) > 1

    async def uploaded(step: int, checkpoints: int, losses: int) -> dict[str, int]:
        """Show the training as it was then; return the ids of what the message has attached."""
        view = dataclasses.replace(
            ended,
            job=dataclasses.replace(ended.job, state=JobState.RUNNING, step=step),
            checkpoints=ended.checkpoints[:checkpoints],
            losses=ended.losses[:losses],
        )
        await cast("OwnhandBot", world.env.bot).surface.show(view)
        [message] = [one for one in world.messages() if one.id == message_id]
        names = [attachment.filename for attachment in message.attachments]
        galleries = [node["items"] for node in walk(message.components) if "items" in node]
        assert [len(items) for items in galleries] == [1] * len(names)  # each in full width
        shown = [items[0]["media"]["url"].split("/")[-1] for items in galleries]
        assert shown == names
        return {one.filename.split("-")[1]: one.id for one in message.attachments}

    first = await uploaded(1, 0, 0)
    assert list(first) == ["strip.jpg"]
    second = await uploaded(2, 1, 2)
    assert list(second) == ["strip.jpg", "curve.png"]
    assert second["strip.jpg"] != first["strip.jpg"]
    assert await uploaded(3, 1, 2) == second
    third = await uploaded(4, 1, 3)
    assert third["strip.jpg"] == second["strip.jpg"]
    assert third["curve.png"] != second["curve.png"]


async def test_a_press_at_the_end_uploads_nothing_again(world: World) -> None:
    job_id = await world.trained("ana", "mira")
    message = await world.shown(job_id, "is ready")
    before = [attachment.id for attachment in message.attachments]
    await world.member("ana").click(message, label="Let this server draw with it")
    shared = await world.shown(job_id, "Everyone on the server can draw with it.")
    assert [attachment.id for attachment in shared.attachments] == before


async def test_a_picture_is_made_once_for_all_edits_that_show_it(world: World) -> None:
    job_id = await world.trained("ana", "mira")
    await world.shown(job_id, "is ready")
    ended = await world.app.jobs.view(job_id)

    async def made(step: int, checkpoints: int) -> int:
        job = dataclasses.replace(ended.job, state=JobState.RUNNING, step=step)
        view = dataclasses.replace(ended, job=job, checkpoints=ended.checkpoints[:checkpoints])
        before = scenes._made.cache_info().misses
        await cast("OwnhandBot", world.env.bot).surface.show(view)
        return scenes._made.cache_info().misses - before

    assert [await made(step, 1) for step in (1, 2, 3)] == [1, 0, 0]
    assert [await made(step, 2) for step in (4, 5)] == [1, 0]


async def test_the_message_of_a_deleted_style_can_still_be_shown(world: World) -> None:
    job_id = await world.trained("ana", "mira")
    view = await world.app.jobs.view(job_id)
    assert view.style is not None
    await world.app.style_care.delete(view.style.id, world.owner_id("ana"))
    gone = await world.app.jobs.view(job_id)
    assert await cast("OwnhandBot", world.env.bot).surface.show(gone) is None
    [message] = world.messages()
    assert message.attachments == []
