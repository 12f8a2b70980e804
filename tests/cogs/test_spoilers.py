"""`/draw spoiler:` covers pictures wherever they are shown."""

from __future__ import annotations

import discord
import pytest
from simcord.results import ResponseMessage

from cogs.ui.tasks import draw_task
from tests.cogs.test_series import drawn as drawn_series
from tests.cogs.world import World, last_answer, png, walk


def covered(message: discord.Message | ResponseMessage) -> list[bool]:
    """Tell of every picture in a gallery whether Discord covers it, as a component and a file."""
    items = [item for node in walk(message.components) for item in node.get("items") or []]
    names = {file.filename: file.filename.startswith("SPOILER_") for file in message.attachments}
    assert [item["spoiler"] for item in items] == list(names.values()), (items, names)
    return list(names.values())


async def finished(world: World) -> discord.Message:
    """Wait for the last job's pictures."""
    job_id = (await world.last_job()).job.id
    pictures = (await world.app.jobs.wait(job_id)).pictures
    await world.eventually(lambda: len(world.message_of(job_id).attachments) == len(pictures))
    return world.message_of(job_id)


@pytest.mark.parametrize("count", [1, 3])
async def test_pictures_are_covered_when_asked_for(world: World, count: int) -> None:
    _, message = await world.drawn("ana", "fox", style="none", count=count, spoiler=True)
    assert covered(message) == [True] * count
    _, plain = await world.drawn("ana", "fox", style="none", count=count)
    assert covered(plain) == [False] * count


async def test_they_are_covered_while_they_are_drawn(world: World) -> None:
    world.engine.hold(at_step=4)
    await world.draw("ana", "fox", style="none", count=2, spoiler=True)
    running = await world.eventually(
        lambda: next((m for m in world.messages() if m.attachments), None)
    )
    assert covered(running) == [True]
    world.engine.release()
    await finished(world)


async def test_what_is_made_of_them_is_covered_too(world: World) -> None:
    job_id, message = await world.drawn("ana", "fox", style="none", count=2, spoiler=True)
    await world.member("bo").click(message, label="U1")
    assert covered(await finished(world)) == [True]
    await world.panel("bo", message, "Again")
    assert covered(await finished(world)) == [True, True]
    window = await world.panel("bo", message, "Change")
    await world.member("bo").submit_modal(window, {"prompt": "house"})
    assert covered(await finished(world)) == [True, True]
    for verb in (f"exact:{job_id}", f"subtle:1{job_id}"):
        opened = await world.member("bo").click(message, label="⋯")
        await world.member("bo").click(last_answer(opened), custom_id=f"oh:{verb}")
        assert all(covered(await finished(world)))


async def test_a_covered_series_shows_no_poster_and_stays_so(world: World) -> None:
    message = await drawn_series(world, "ana", "cat\ndog", spoiler=True)
    poster, packed = message.attachments
    assert poster.is_spoiler()
    assert not packed.is_spoiler()
    [item] = [item for node in walk(message.components) for item in node.get("items") or []]
    assert item["spoiler"]
    await world.member("bo").click(message, label="Again")
    assert draw_task(await world.last_job()).spoiler
    assert not (await drawn_series(world, "ana", "cat\ndog")).attachments[0].is_spoiler()


async def test_the_recipes_files_and_the_gallery_keep_them_covered(world: World) -> None:
    _, message = await world.drawn("ana", "fox", style="none", count=1, spoiler=True)
    await world.drawn("ana", "fox", style="none", count=1)
    told = last_answer(await world.panel("bo", message, "Recipe"))
    assert [file.is_spoiler() for file in told.attachments] == [True]
    gallery = await world.member("bo").slash(world.channel, "gallery")
    assert covered(last_answer(gallery)) == [False, True]  # the newest first


@pytest.mark.parametrize(
    ("options", "is_covered"), [({}, True), ({"spoiler": False}, False)], ids=["unsaid", "said"]
)
async def test_a_covered_sketch_covers_its_drawing_unless_one_says_otherwise(
    world: World, options: dict[str, bool], is_covered: bool
) -> None:
    sketch = ("SPOILER_sketch.png", png(3))
    _, message = await world.drawn("ana", "fox", style="none", count=1, image=sketch, **options)
    assert covered(message) == [is_covered]
