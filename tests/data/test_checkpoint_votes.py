"""Votes for checkpoints: one per person, with a history that cannot be rewritten."""

from __future__ import annotations

import dataclasses

import pytest

from data.errors import Conflict, NotFound
from data.models import Checkpoint, CheckpointId, OwnerId, VoteSource
from tests.data.shelf import ANNA, BORIS, CHANNEL, CLARA, Shelf

LIVE = VoteSource.GATEWAY


async def cast(shelf: Shelf, checkpoint: Checkpoint, *voters: OwnerId) -> list[bool]:
    votes = shelf.checkpoint_votes
    return [await votes.cast(checkpoint.id, voter, LIVE, shelf.now()) for voter in voters]


async def events(shelf: Shelf) -> list[tuple[int, str, int]]:
    rows = await shelf.db.read().fetch_all("SELECT * FROM checkpoint_vote_events ORDER BY seq")
    return [(row["voter_id"], row["action"], row["weight"]) for row in rows]


async def test_a_vote_counts_once_and_can_be_taken_back(shelf: Shelf) -> None:
    _, version, saved = await shelf.trained(ANNA)
    assert await cast(shelf, saved, BORIS, BORIS, CLARA) == [True, False, True]
    assert await shelf.checkpoint_votes.counts(version.id) == {saved.id: 2}
    votes = shelf.checkpoint_votes
    assert await votes.withdraw(saved.id, BORIS, LIVE, shelf.now())
    assert not await votes.withdraw(saved.id, BORIS, LIVE, shelf.now())
    assert await votes.counts(version.id) == {saved.id: 1}
    assert await votes.voters(saved.id) == {CLARA}
    assert await events(shelf) == [
        (BORIS, "cast", 1),
        (CLARA, "cast", 1),
        (BORIS, "withdrawn", 1),
    ]


async def test_the_artists_own_vote_weighs_nothing(shelf: Shelf) -> None:
    _, version, saved = await shelf.trained(ANNA)
    await cast(shelf, saved, ANNA)
    assert await shelf.checkpoint_votes.counts(version.id) == {}
    assert await events(shelf) == [(ANNA, "cast", 0)]


async def test_only_a_checkpoint_that_exists_is_voted_for(shelf: Shelf) -> None:
    with pytest.raises(NotFound):
        await shelf.checkpoint_votes.cast(CheckpointId("none"), BORIS, LIVE, shelf.now())


@pytest.mark.parametrize(
    "sql", ["UPDATE checkpoint_vote_events SET weight = 0", "DELETE FROM checkpoint_vote_events"]
)
async def test_the_history_cannot_be_rewritten(shelf: Shelf, sql: str) -> None:
    _, _, saved = await shelf.trained(ANNA)
    await cast(shelf, saved, BORIS)
    with pytest.raises(Conflict):
        async with shelf.db.write() as tx:
            await tx.execute(sql)
    assert await events(shelf) == [(BORIS, "cast", 1)]


async def test_a_message_has_the_checkpoints_of_its_finished_training(shelf: Shelf) -> None:
    _, version, saved = await shelf.trained(ANNA)
    assert version.job_id is not None
    job = await shelf.jobs.get(version.job_id)
    await shelf.jobs.set_place(job.id, dataclasses.replace(job.place, message_id=70))
    assert await shelf.checkpoint_votes.on_message(70) == (saved,)
    assert await shelf.checkpoint_votes.on_message(71) == ()
    assert await shelf.checkpoint_votes.messages_since(0) == ((CHANNEL, 70, job.id),)


async def test_votes_go_with_their_voter_and_with_the_artist(shelf: Shelf) -> None:
    _, version, saved = await shelf.trained(ANNA)
    await cast(shelf, saved, BORIS, CLARA)
    assert (await shelf.erasure.holdings(BORIS)).votes == 1
    await shelf.erasure.erase(BORIS, shelf.now())
    assert await shelf.checkpoint_votes.counts(version.id) == {saved.id: 1}
    await shelf.erasure.erase(ANNA, shelf.now())
    assert await events(shelf) == []
