"""What a draw looks like before it is done."""

from __future__ import annotations

from tests.cogs.world import World, picture


async def test_unfinished_pictures_are_shown_small_and_go_with_the_end(world: World) -> None:
    world.engine.hold(at_step=4)  # the first of two is drawn in three
    await world.draw("ana", "fox", style="none", count=2)
    job_id = (await world.last_job()).job.id
    running = await world.eventually(
        lambda: next((m for m in world.messages() if m.attachments), None)
    )
    [rough] = running.attachments
    assert rough.filename.startswith(f"{job_id}-so-far")
    assert max(picture(await rough.read()).size) <= 400
    world.engine.release()
    await world.app.jobs.wait(job_id)
    done = await world.shown(job_id, "React with the number")
    assert len(done.attachments) == 2
    assert world.app.feed.previews == {}
