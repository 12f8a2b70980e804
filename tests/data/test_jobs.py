"""The queue: fair, exclusive, fenced, and nothing vanishes."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine
from itertools import count
from typing import Any

import pytest

from data.errors import NotFound
from data.models import Job, JobId, JobKind, JobState, OwnerId, Place, StyleId
from tests.data.shelf import ANNA, BORIS, CLARA, GUILD, Shelf


async def test_a_new_job_waits_with_everything_it_was_given(shelf: Shelf) -> None:
    style, _, _ = await shelf.trained()
    place = Place(guild_id=GUILD, channel_id=5, message_id=77)
    made = await shelf.jobs.create(
        kind=JobKind.DRAW,
        owner_id=ANNA,
        place=place,
        locale="ru",
        request_json='{"seeds": [1, 2]}',
        style_id=style.id,
        quiet=True,
        now=123,
        steps=20,
    )
    assert made == await shelf.jobs.get(made.id)
    assert (made.kind, made.state, made.owner_id) == (JobKind.DRAW, JobState.QUEUED, ANNA)
    assert (made.place, made.locale, made.quiet) == (place, "ru", True)
    assert (made.request_json, made.style_id, made.steps) == ('{"seeds": [1, 2]}', style.id, 20)
    assert (made.attempt, made.step, made.created_ms) == (0, 0, 123)
    assert (made.started_ms, made.finished_ms, made.announced_ms) == (None, None, None)
    assert (made.error_key, made.error_facts, made.cancel_requested) == (None, {}, False)


async def test_a_repeated_request_is_the_same_job(shelf: Shelf) -> None:
    first = await shelf.queue(once_key="train:abc")
    assert await shelf.queue(once_key="train:abc") == first
    assert (await shelf.queue(once_key="train:other")).id != first.id
    assert len(await shelf.jobs.active()) == 2


async def test_a_job_of_an_unknown_style_is_refused(shelf: Shelf) -> None:
    with pytest.raises(NotFound):
        await shelf.jobs.create(
            kind=JobKind.DRAW,
            owner_id=ANNA,
            place=Place(),
            locale="en",
            request_json="{}",
            style_id=StyleId("none"),
            quiet=False,
            now=1,
        )


@pytest.mark.parametrize(
    "question",
    [
        lambda jobs: jobs.get(JobId("none")),
        lambda jobs: jobs.request_cancel(JobId("none"), 1),
        lambda jobs: jobs.set_place(JobId("none"), Place()),
    ],
    ids=["get", "request_cancel", "set_place"],
)
async def test_an_unknown_job_is_not_found(
    shelf: Shelf, question: Callable[[Any], Coroutine[Any, Any, Any]]
) -> None:
    with pytest.raises(NotFound):
        await question(shelf.jobs)


async def test_a_claim_starts_a_new_attempt(shelf: Shelf) -> None:
    queued = await shelf.queue()
    job = await shelf.jobs.claim(500)
    assert job is not None
    assert (job.id, job.state, job.attempt, job.started_ms) == (
        queued.id,
        JobState.RUNNING,
        1,
        500,
    )
    assert await shelf.jobs.claim(501) is None


async def test_concurrent_claims_never_give_the_same_job(shelf: Shelf) -> None:
    made = {(await shelf.queue(OwnerId(n % 3 + 1))).id for n in range(12)}
    claimed = await asyncio.gather(*(shelf.jobs.claim(shelf.now()) for _ in range(20)))
    got = [job.id for job in claimed if job is not None]
    assert sorted(got) == sorted(made)


async def order_of(shelf: Shelf) -> list[Job]:
    """Claim everything, as if nothing ended meanwhile."""
    order: list[Job] = []
    while (job := await shelf.jobs.claim(shelf.now())) is not None:
        order.append(job)
    return order


async def test_owners_take_turns(shelf: Shelf) -> None:
    for _ in range(3):
        await shelf.queue(ANNA)
    await shelf.queue(BORIS)
    await shelf.queue(CLARA)
    await shelf.queue(BORIS)
    owners = [job.owner_id for job in await order_of(shelf)]
    assert owners == [ANNA, BORIS, CLARA, ANNA, BORIS, ANNA]


async def test_turns_hold_when_jobs_end_at_once(shelf: Shelf) -> None:
    for _ in range(5):
        await shelf.queue(ANNA)
    await shelf.queue(BORIS)
    await shelf.queue(BORIS)
    owners: list[OwnerId] = []
    while (job := await shelf.jobs.claim(shelf.now())) is not None:
        owners.append(job.owner_id)
        await shelf.end(job)
    assert owners == [ANNA, BORIS, ANNA, BORIS, ANNA, ANNA, ANNA]


async def test_what_someone_drew_yesterday_does_not_count_against_them(shelf: Shelf) -> None:
    for _ in range(9):
        await shelf.drawn(ANNA)
    first = await shelf.queue(ANNA)
    await shelf.queue(BORIS)
    assert (await shelf.claim()).id == first.id


async def test_draws_go_before_trainings_among_equals_only(shelf: Shelf) -> None:
    training = await shelf.queue(ANNA, JobKind.TRAIN)
    draws = [await shelf.queue(BORIS) for _ in range(2)]
    assert [job.id for job in await order_of(shelf)] == [draws[0].id, training.id, draws[1].id]


async def test_ones_own_draws_go_before_ones_own_training(shelf: Shelf) -> None:
    training = await shelf.queue(ANNA, JobKind.TRAIN)
    draw = await shelf.queue(ANNA)
    assert [job.id for job in await order_of(shelf)] == [draw.id, training.id]


async def test_a_claim_can_be_limited_to_kinds(shelf: Shelf) -> None:
    training = await shelf.queue(ANNA, JobKind.TRAIN)
    assert await shelf.jobs.claim(shelf.now(), [JobKind.DRAW]) is None
    assert await shelf.jobs.claim(shelf.now(), []) is None
    job = await shelf.jobs.claim(shelf.now(), [JobKind.TRAIN])
    assert job is not None
    assert job.id == training.id


async def test_arrival_order_holds_when_the_clock_is_set_back(shelf: Shelf) -> None:
    first = await shelf.queue(ANNA)
    shelf.ticks = count(1)
    await shelf.queue(BORIS)
    assert (await shelf.claim()).id == first.id


@pytest.mark.parametrize("seed", range(5))
async def test_the_queue_shows_the_order_of_claims_to_come(shelf: Shelf, seed: int) -> None:
    dice = random.Random(seed)
    for _ in range(dice.randrange(6)):
        await shelf.queue(OwnerId(dice.randrange(1, 4)), dice.choice(list(JobKind)))
        await shelf.claim()
    for _ in range(12):
        await shelf.queue(OwnerId(dice.randrange(1, 5)), dice.choice(list(JobKind)))
    shown = [job.id for job in await shelf.jobs.active() if job.state is JobState.QUEUED]
    claimed = [job.id for job in await order_of(shelf)]
    assert claimed == shown
    assert len(claimed) == 12


async def test_active_lists_running_jobs_before_waiting_ones(shelf: Shelf) -> None:
    first, second = await shelf.queue(ANNA), await shelf.queue(BORIS)
    ended = await shelf.queue(CLARA)
    await shelf.claim()
    await shelf.jobs.request_cancel(ended.id, shelf.now())
    third = await shelf.queue(BORIS)
    assert [job.id for job in await shelf.jobs.active()] == [first.id, second.id, third.id]
    assert [job.id for job in await shelf.jobs.active(BORIS)] == [second.id, third.id]


async def test_progress_of_the_present_attempt_is_kept(shelf: Shelf) -> None:
    await shelf.queue()
    job = await shelf.claim()
    assert await shelf.jobs.progress(job.id, job.attempt, 7, 20, 9_999) is True
    now = await shelf.jobs.get(job.id)
    assert (now.step, now.steps, now.eta_at_ms) == (7, 20, 9_999)


@pytest.mark.parametrize(
    ("state", "key"),
    [(JobState.DONE, None), (JobState.FAILED, "engine.memory"), (JobState.CANCELLED, None)],
)
async def test_a_job_ends_once(shelf: Shelf, state: JobState, key: str | None) -> None:
    await shelf.queue()
    job = await shelf.claim()
    facts = {"need": "8 GB"} if key else {}
    assert await shelf.jobs.finish(job.id, job.attempt, state, key, facts, 900) is True
    ended = await shelf.jobs.get(job.id)
    assert (ended.state, ended.error_key, ended.error_facts) == (state, key, facts)
    assert (ended.finished_ms, ended.eta_at_ms) == (900, None)
    assert await shelf.jobs.finish(job.id, job.attempt, JobState.DONE, None, None, 901) is False
    assert await shelf.jobs.get(job.id) == ended


async def test_only_an_end_can_end_a_job(shelf: Shelf) -> None:
    await shelf.queue()
    job = await shelf.claim()
    with pytest.raises(ValueError, match="queued is no end"):
        await shelf.end(job, JobState.QUEUED)


async def test_a_late_attempt_changes_nothing(shelf: Shelf) -> None:
    await shelf.queue()
    zombie = await shelf.claim()
    assert await shelf.lose(zombie)
    job = await shelf.claim()
    assert job.attempt == 2
    assert await shelf.jobs.progress(zombie.id, zombie.attempt, 3, 20, None) is False
    assert await shelf.lose(zombie) is None
    assert await shelf.end(zombie) is False
    assert await shelf.jobs.get(job.id) == job


async def test_nothing_is_written_for_a_job_that_waits_again(shelf: Shelf) -> None:
    await shelf.queue()
    job = await shelf.claim()
    await shelf.lose(job)
    assert await shelf.jobs.progress(job.id, job.attempt, 3, 20, None) is False
    assert await shelf.end(job) is False
    assert (await shelf.jobs.get(job.id)).state is JobState.QUEUED


async def test_a_requeued_job_keeps_its_place_and_its_step(shelf: Shelf) -> None:
    await shelf.queue()
    job = await shelf.claim()
    await shelf.jobs.progress(job.id, job.attempt, 7, 20, 9_999)
    await shelf.queue(BORIS)
    await shelf.lose(job)
    again = await shelf.claim()
    assert (again.id, again.step, again.eta_at_ms) == (job.id, 7, None)


async def test_at_a_clean_stop_every_running_job_waits_again(shelf: Shelf) -> None:
    await shelf.queue(ANNA)
    await shelf.queue(BORIS)
    waiting = await shelf.queue(CLARA)
    running = [await shelf.claim(), await shelf.claim()]
    requeued = await shelf.jobs.requeue_running(shelf.now())
    assert {job.id for job in requeued} == {job.id for job in running}
    assert {job.state for job in requeued} == {JobState.QUEUED}
    assert len(await order_of(shelf)) == 3
    assert (await shelf.jobs.get(waiting.id)).attempt == 1


async def test_a_waiting_job_is_cancelled_at_once(shelf: Shelf) -> None:
    queued = await shelf.queue()
    cancelled = await shelf.jobs.request_cancel(queued.id, 700)
    assert (cancelled.state, cancelled.finished_ms) == (JobState.CANCELLED, 700)
    assert await shelf.jobs.claim(shelf.now()) is None
    assert [job.id for job in await shelf.jobs.unannounced()] == [queued.id]


async def test_a_running_job_is_asked_to_cancel_and_may_still_end_done(shelf: Shelf) -> None:
    await shelf.queue()
    job = await shelf.claim()
    asked = await shelf.jobs.request_cancel(job.id, shelf.now())
    assert (asked.state, asked.cancel_requested) == (JobState.RUNNING, True)
    assert await shelf.end(job) is True


async def test_cancelling_an_ended_job_changes_nothing(shelf: Shelf) -> None:
    await shelf.queue()
    job = await shelf.claim()
    await shelf.end(job)
    ended = await shelf.jobs.get(job.id)
    assert await shelf.jobs.request_cancel(job.id, shelf.now()) == ended


@pytest.mark.parametrize("lost", ["engine lost", "bot stopped", "bot died"])
async def test_a_lost_job_whose_cancelling_was_asked_for_is_cancelled(
    shelf: Shelf, lost: str
) -> None:
    await shelf.queue()
    job = await shelf.begin()
    await shelf.jobs.request_cancel(job.id, shelf.now())
    if lost == "bot stopped":
        await shelf.jobs.requeue_running(800)
    elif lost == "bot died":
        await shelf.jobs.recover_running(800, deaths=1, error_key="job.bot_died")
    else:
        await shelf.jobs.recover(job.id, job.attempt, 800, deaths=1, error_key="engine.lost")
    ended = await shelf.jobs.get(job.id)
    assert (ended.state, ended.finished_ms) == (JobState.CANCELLED, 800)
    assert await shelf.jobs.claim(shelf.now()) is None


async def test_every_end_is_announced_once(shelf: Shelf) -> None:
    queued = await shelf.queue()
    assert await shelf.jobs.mark_announced(queued.id, shelf.now()) is False, "it has not ended"
    job = await shelf.claim()
    await shelf.end(job, JobState.FAILED)
    assert [one.id for one in await shelf.jobs.unannounced()] == [job.id]
    assert await shelf.jobs.mark_announced(job.id, 950) is True
    assert await shelf.jobs.mark_announced(job.id, 951) is False
    assert await shelf.jobs.unannounced() == ()
    assert (await shelf.jobs.get(job.id)).announced_ms == 950


async def test_a_message_leads_to_its_job(shelf: Shelf) -> None:
    job = await shelf.queue()
    assert await shelf.jobs.by_message(42) is None
    place = Place(guild_id=GUILD, channel_id=6, message_id=42, parent_id=5)
    await shelf.jobs.set_place(job.id, place)
    found = await shelf.jobs.by_message(42)
    assert found is not None
    assert (found.id, found.place) == (job.id, place)


async def test_a_message_that_showed_two_jobs_leads_to_the_later_one(shelf: Shelf) -> None:
    await shelf.queue(message_id=42)
    later = await shelf.queue(message_id=42)
    found = await shelf.jobs.by_message(42)
    assert found is not None
    assert found.id == later.id


async def test_a_persons_jobs_are_listed_latest_first(shelf: Shelf) -> None:
    first, _, last = await shelf.queue(ANNA), await shelf.queue(BORIS), await shelf.queue(ANNA)
    assert [job.id for job in await shelf.jobs.of_owner(ANNA)] == [last.id, first.id]
