"""Jobs that processes died with: counted, run alone, given up."""

from __future__ import annotations

from data.models import Job, JobState
from tests.data.shelf import ANNA, BORIS, CLARA, GUILD, Shelf


async def die(shelf: Shelf, deaths: int = 3) -> list[Job]:
    """Start again after a death with what runs, as the bot does."""
    return list(await shelf.jobs.recover_running(900, deaths=deaths, error_key="job.bot_died"))


async def test_a_job_that_a_bot_died_with_too_often_fails(shelf: Shelf) -> None:
    await shelf.queue()
    for _ in range(2):
        await shelf.begin()
        assert [job.state for job in await die(shelf)] == [JobState.QUEUED]
    await shelf.begin()
    [failed] = await die(shelf)
    assert (failed.state, failed.error_key) == (JobState.FAILED, "job.bot_died")
    assert (failed.finished_ms, failed.eta_at_ms) == (900, None)
    assert [job.id for job in await shelf.jobs.unannounced()] == [failed.id]
    assert await die(shelf) == []


async def test_deaths_of_bot_and_engine_are_counted_together(shelf: Shelf) -> None:
    await shelf.queue()
    await shelf.begin()
    await die(shelf)
    again = await shelf.lose(await shelf.begin())
    assert again is not None
    assert again.state is JobState.QUEUED
    failed = await shelf.lose(await shelf.begin())
    assert failed is not None
    assert (failed.state, failed.error_key) == (JobState.FAILED, "engine.lost")


async def test_waiting_through_a_death_is_no_death_of_ones_own(shelf: Shelf) -> None:
    await shelf.queue(ANNA)
    waiting = await shelf.queue(BORIS)
    for _ in range(3):
        await shelf.begin()
        await die(shelf)
    assert (await shelf.begin()).id == waiting.id
    assert [job.state for job in await die(shelf)] == [JobState.QUEUED]


async def test_a_death_before_the_engine_began_a_job_is_no_death_with_it(shelf: Shelf) -> None:
    await shelf.queue()
    await shelf.begin()
    await die(shelf, deaths=2)
    for _ in range(3):
        await shelf.claim()  # the attempt before was begun, this one was not
        assert [job.state for job in await die(shelf, deaths=2)] == [JobState.QUEUED]
    assert await shelf.jobs.note_begun((await shelf.claim()).id, 1) is False, "a late attempt"


async def test_a_claim_can_be_a_beginning_at_once(shelf: Shelf) -> None:
    await shelf.queue()
    assert await shelf.jobs.claim(shelf.now(), begun=True) is not None
    assert [job.state for job in await die(shelf, deaths=1)] == [JobState.FAILED]


async def test_jobs_that_a_process_died_with_run_alone(shelf: Shelf) -> None:
    first, second = await shelf.queue(ANNA), await shelf.queue(BORIS)
    await shelf.begin()
    await shelf.begin()
    await die(shelf)
    fresh = await shelf.queue(CLARA)
    job = await shelf.begin()
    assert job.id == first.id
    assert await shelf.jobs.claim(shelf.now()) is None, "nothing beside the first"
    await shelf.end(job)
    job = await shelf.begin()
    assert job.id == second.id
    assert await shelf.jobs.claim(shelf.now()) is None, "nothing beside the second"
    await shelf.picture(job)
    assert (await shelf.claim()).id == fresh.id, "a result is enough"


async def test_a_job_that_has_to_run_alone_waits_for_draws_and_is_passed_during_a_training(
    shelf: Shelf,
) -> None:
    await shelf.queue(ANNA)
    draw = await shelf.begin()
    style = await shelf.styles.create(BORIS, "Ink", GUILD, shelf.now())
    training, _ = await shelf.training(style)
    await shelf.lose(draw)
    passing = await shelf.queue(BORIS)
    assert (await shelf.claim()).id == passing.id, "a training takes hours"
    await shelf.end(training)
    late = await shelf.queue(CLARA)
    assert await shelf.jobs.claim(shelf.now()) is None, "draws take seconds"
    await shelf.end(await shelf.jobs.get(passing.id))
    assert (await shelf.claim()).id == draw.id
    await shelf.end(await shelf.jobs.get(draw.id))
    assert (await shelf.claim()).id == late.id


async def test_a_further_checkpoint_forgets_the_deaths_before_it(shelf: Shelf) -> None:
    style = await shelf.styles.create(ANNA, "Ink", GUILD, shelf.now())
    job, version = await shelf.training(style)
    await shelf.jobs.note_begun(job.id, job.attempt)
    await shelf.checkpoint(job, version, 100)
    for _ in range(2):
        await die(shelf)
        job = await shelf.begin()
        await shelf.checkpoint(job, version, 100)  # sent again: no progress
    await shelf.checkpoint(job, version, 200)
    for _ in range(2):
        assert [job.state for job in await die(shelf)] == [JobState.QUEUED]
        job = await shelf.begin()
    assert [job.state for job in await die(shelf)] == [JobState.FAILED]


async def test_a_further_picture_forgets_the_deaths_before_it(shelf: Shelf) -> None:
    await shelf.queue()
    for ordinal in range(6):
        await shelf.picture(await shelf.begin(), ordinal)
        assert [job.state for job in await die(shelf, deaths=2)] == [JobState.QUEUED]


async def test_a_clean_stop_counts_no_death(shelf: Shelf) -> None:
    await shelf.queue()
    for _ in range(9):
        await shelf.begin()
        await shelf.jobs.requeue_running(shelf.now())
        assert await die(shelf, deaths=1) == []
