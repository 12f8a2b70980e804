"""Trainings from before the theatre, and those that lost something, show what there is."""

from __future__ import annotations

import dataclasses
from typing import cast

from bot.client import OwnhandBot
from bot.services.jobs import JobView
from cogs.ui.theatre import scenes
from data.models import JobId
from tests.cogs.world import World, picture


async def pictures(world: World, view: JobView) -> dict[str, bytes]:
    """Show a training; return the pictures of its message by name."""
    await cast("OwnhandBot", world.env.bot).surface.show(view)
    message = world.message_of(view.job.id)
    return {one.filename.split("-")[1]: await one.read() for one in message.attachments}


async def test_a_training_without_bare_samples_and_losses_is_shown(world: World) -> None:
    job_id = await world.trained("ana", "mira")
    now = await world.app.jobs.view(JobId(job_id))
    assert now.version is not None
    version = dataclasses.replace(now.version, bare_sha256s=())
    before = dataclasses.replace(now, version=version, losses=())
    old, new = await pictures(world, before), await pictures(world, now)
    assert list(old) == ["reveal.jpg", "loop.webp", "sheet.jpg", "curve.png"]
    rows = [picture(shown["reveal.jpg"]).height for shown in (old, new)]
    assert rows[0] < rows[1], "without the style there is no row"
    rows = [picture(shown["sheet.jpg"]).height for shown in (old, new)]
    assert rows[1] - rows[0] == 216


async def test_a_training_with_one_checkpoint_has_nothing_to_choose_from(world: World) -> None:
    job_id = await world.trained("ana", "mira")
    view = await world.app.jobs.view(JobId(job_id))
    alone = dataclasses.replace(view, checkpoints=view.checkpoints[-1:])
    assert list(await pictures(world, alone)) == ["reveal.jpg", "loop.webp", "curve.png"]
    message = world.message_of(job_id)
    assert "Choose the checkpoint" not in str(message.components[0].to_dict())


async def test_an_old_open_training_shows_no_drawing_of_its_artist(world: World) -> None:
    job_id = await world.trained("ana", "mira")
    view = await world.app.jobs.view(JobId(job_id))
    new = await pictures(world, view)
    async with world.app.db.write() as tx:
        await tx.execute("UPDATE consents SET text_version = '1-open'")
    old = await pictures(world, view)
    rows = [picture(shown["reveal.jpg"]).height for shown in (old, new)]
    assert rows[0] < rows[1], "their own drawings are no row of it"


async def test_no_picture_of_a_training_stays_in_memory_after_an_erasure(world: World) -> None:
    job_id = await world.trained("ana", "mira")
    await pictures(world, await world.app.jobs.view(JobId(job_id)))
    assert scenes._made.cache_info().currsize > 0  # pyright: ignore[reportPrivateUsage]
    await world.app.privacy.erase(world.owner_id("ana"))
    assert scenes._made.cache_info().currsize == 0  # pyright: ignore[reportPrivateUsage]
