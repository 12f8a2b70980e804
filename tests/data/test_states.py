"""Training states: only the newest, and only while the training may go on."""

from __future__ import annotations

import pytest

from data.models import JobState
from tests.data.shelf import ANNA, GUILD, Shelf


async def test_old_training_states_are_forgotten(shelf: Shelf) -> None:
    style = await shelf.styles.create(ANNA, "Ink", GUILD, shelf.now())
    job, version = await shelf.training(style)
    made = [await shelf.checkpoint(job, version, step) for step in (100, 200, 300)]
    states = [one.state_sha256 for one in made if one is not None]
    await shelf.states.forget_old(job.id)
    kept = [one.state_sha256 for one in await shelf.checkpoints.of_version(version.id)]
    assert kept == [None, None, states[2]]
    assert await shelf.erasure.unreferenced([s for s in states if s]) == set(states[:2])
    assert await shelf.states.of_job(job.id) == {states[2]}


@pytest.mark.parametrize("end", [JobState.DONE, JobState.FAILED, JobState.CANCELLED])
async def test_an_ended_training_has_no_state_to_go_on_from(shelf: Shelf, end: JobState) -> None:
    style = await shelf.styles.create(ANNA, "Ink", GUILD, shelf.now())
    job, version = await shelf.training(style)
    await shelf.checkpoint(job, version, 100)
    await shelf.jobs.requeue_running(shelf.now())
    assert await shelf.states.of_job(job.id)
    again = await shelf.claim()
    await shelf.checkpoint(again, version, 200)
    await shelf.end(again, end)
    assert await shelf.states.of_job(job.id) == frozenset()
