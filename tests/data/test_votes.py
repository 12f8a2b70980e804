"""Votes: one per person and picture, with a history that cannot be rewritten."""

from __future__ import annotations

import asyncio

import pytest

from data.db import Database
from data.errors import Conflict, NotFound
from data.models import OwnerId, Picture, PictureId, Question, VoteSource
from tests.data.shelf import ANNA, BORIS, CHANNEL, CLARA, ELSEWHERE, GUILD, Shelf

LIKE = Question.LIKE
LIVE = VoteSource.GATEWAY


async def cast(shelf: Shelf, picture: Picture, *voters: OwnerId) -> list[bool]:
    return [await shelf.votes.cast(picture.id, voter, LIKE, LIVE, shelf.now()) for voter in voters]


async def withdraw(shelf: Shelf, picture: Picture, voter: OwnerId) -> bool:
    return await shelf.votes.withdraw(picture.id, voter, LIKE, LIVE, shelf.now())


async def count(shelf: Shelf, picture: Picture) -> int:
    (tally,) = await shelf.votes.tally([picture.id])
    return tally.votes


async def events(db: Database) -> list[tuple[int, str, str, int]]:
    rows = await db.read().fetch_all("SELECT * FROM vote_events ORDER BY seq")
    return [(row["voter_id"], row["action"], row["source"], row["weight"]) for row in rows]


async def test_vote_twice_counts_once(shelf: Shelf) -> None:
    (picture,) = await shelf.drawn(ANNA)
    assert await cast(shelf, picture, BORIS, BORIS) == [True, False]
    assert await count(shelf, picture) == 1
    assert await events(shelf.db) == [(BORIS, "cast", "gateway", 1)]


async def test_the_same_vote_from_two_sides_at_once_counts_once(shelf: Shelf) -> None:
    (picture,) = await shelf.drawn(ANNA)
    changed = await asyncio.gather(
        *(shelf.votes.cast(picture.id, BORIS, LIKE, source, 5) for source in VoteSource)
    )
    assert sorted(changed) == [False, True]
    assert len(await events(shelf.db)) == 1


async def test_a_withdrawn_vote_no_longer_counts_and_can_be_cast_again(shelf: Shelf) -> None:
    (picture,) = await shelf.drawn(ANNA)
    await cast(shelf, picture, BORIS)
    assert await withdraw(shelf, picture, BORIS) is True
    assert await count(shelf, picture) == 0
    assert await withdraw(shelf, picture, BORIS) is False
    assert await cast(shelf, picture, BORIS) == [True]
    assert await count(shelf, picture) == 1
    assert [action for _, action, _, _ in await events(shelf.db)] == ["cast", "withdrawn", "cast"]


async def test_ones_own_vote_is_kept_with_weight_0(shelf: Shelf) -> None:
    (picture,) = await shelf.drawn(ANNA)
    assert await shelf.votes.cast(picture.id, ANNA, LIKE, LIVE, 5, weight=1) is True
    await cast(shelf, picture, BORIS)
    (tally,) = await shelf.votes.tally([picture.id])
    assert (tally.votes, tally.voters) == (1, {ANNA, BORIS})
    assert await shelf.votes.voters(picture.id) == {ANNA, BORIS}
    await withdraw(shelf, picture, ANNA)
    assert await events(shelf.db) == [
        (ANNA, "cast", "gateway", 0),
        (BORIS, "cast", "gateway", 1),
        (ANNA, "withdrawn", "gateway", 0),
    ]


async def test_events_say_where_they_came_from(shelf: Shelf) -> None:
    (picture,) = await shelf.drawn(ANNA)
    await shelf.votes.cast(picture.id, BORIS, LIKE, VoteSource.REREAD, 5)
    await shelf.votes.withdraw(picture.id, BORIS, LIKE, VoteSource.GATEWAY, 6)
    assert [source for _, _, source, _ in await events(shelf.db)] == ["reread", "gateway"]


async def test_votes_for_an_unknown_picture_are_not_found(shelf: Shelf) -> None:
    with pytest.raises(NotFound):
        await shelf.votes.cast(PictureId("none"), BORIS, LIKE, LIVE, 5)
    assert await shelf.votes.withdraw(PictureId("none"), BORIS, LIKE, LIVE, 5) is False


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE vote_events SET voter_id = 1",
        "UPDATE vote_events SET at_ms = 0",
        "DELETE FROM vote_events",
        "DELETE FROM pictures",
        "DELETE FROM jobs",
    ],
)
async def test_events_can_only_be_added(shelf: Shelf, statement: str) -> None:
    (picture,) = await shelf.drawn(ANNA)
    await cast(shelf, picture, BORIS)
    before = await events(shelf.db)
    with pytest.raises(Conflict, match="append-only"):
        async with shelf.db.write() as tx:
            await tx.execute(statement)
    assert await events(shelf.db) == before


async def test_the_tally_answers_in_the_order_asked(shelf: Shelf) -> None:
    first, second, third = await shelf.drawn(ANNA, pictures=3)
    await cast(shelf, second, BORIS, CLARA)
    tallies = await shelf.votes.tally([third.id, second.id, first.id])
    assert [(one.picture_id, one.votes) for one in tallies] == [
        (third.id, 0),
        (second.id, 2),
        (first.id, 0),
    ]
    assert await shelf.votes.tally([]) == ()


async def test_the_votes_that_stand_follow_from_the_events(shelf: Shelf) -> None:
    pictures = await shelf.drawn(ANNA, pictures=3)
    for voter in (ANNA, BORIS, CLARA):
        for number, picture in enumerate(pictures):
            await cast(shelf, picture, voter)
            if (voter + number) % 2:
                await withdraw(shelf, picture, voter)
    rebuilt = await shelf.db.read().fetch_all(
        """SELECT picture_id, voter_id, question, weight FROM vote_events AS event
        WHERE action = 'cast' AND seq = (
            SELECT max(seq) FROM vote_events
            WHERE picture_id = event.picture_id AND voter_id = event.voter_id
        ) ORDER BY 1, 2"""
    )
    current = await shelf.db.read().fetch_all(
        "SELECT picture_id, voter_id, question, weight FROM votes ORDER BY 1, 2"
    )
    assert [tuple(row) for row in rebuilt] == [tuple(row) for row in current]
    assert len(current) > 0


async def test_the_ranking_counts_votes_then_prefers_the_newer(shelf: Shelf) -> None:
    (old_one,) = await shelf.drawn(ANNA)
    (winner,) = await shelf.drawn(ANNA, message_id=42)
    (new_one,) = await shelf.drawn(BORIS)
    (unloved,) = await shelf.drawn(CLARA)
    await cast(shelf, old_one, BORIS)
    await cast(shelf, winner, BORIS, CLARA)
    await cast(shelf, new_one, CLARA)
    await cast(shelf, unloved, CLARA)  # her own
    ranking = await shelf.votes.ranking(GUILD, {CHANNEL}, 0, 10)
    assert [(one.picture.id, one.votes) for one in ranking] == [
        (winner.id, 2),
        (new_one.id, 1),
        (old_one.id, 1),
    ]
    assert (ranking[0].owner_id, ranking[0].place.message_id) == (ANNA, 42)
    assert [one.picture.id for one in await shelf.votes.ranking(GUILD, {CHANNEL}, 0, 1)] == [
        winner.id
    ]
    since = winner.created_ms
    assert len(await shelf.votes.ranking(GUILD, {CHANNEL}, since, 10)) == 2


async def test_the_ranking_leaves_out_quiet_foreign_and_unfinished_pictures(shelf: Shelf) -> None:
    (quiet,) = await shelf.drawn(ANNA, quiet=True)
    (foreign,) = await shelf.drawn(ANNA, guild_id=ELSEWHERE)
    await shelf.queue(ANNA)
    unfinished = await shelf.picture(await shelf.claim())
    for picture in (quiet, foreign, unfinished):
        await cast(shelf, picture, BORIS)
    assert await shelf.votes.ranking(GUILD, {CHANNEL}, 0, 10) == ()
    assert await shelf.votes.distinct_voters(GUILD, {CHANNEL}) == 0
    assert [one.picture.id for one in await shelf.votes.ranking(ELSEWHERE, {CHANNEL}, 0, 9)] == [
        foreign.id
    ]


async def test_distinct_voters_are_people_whose_votes_count(shelf: Shelf) -> None:
    pictures = await shelf.drawn(ANNA, pictures=3)
    later = shelf.now()
    (newer,) = await shelf.drawn(ANNA)
    for picture in pictures:
        await cast(shelf, picture, ANNA, BORIS)
    await cast(shelf, newer, CLARA)
    assert await shelf.votes.distinct_voters(GUILD, {CHANNEL}) == 2
    assert await shelf.votes.distinct_voters(GUILD, {CHANNEL}, later) == 1
    assert await shelf.votes.distinct_voters(ELSEWHERE, {CHANNEL}) == 0


async def test_a_ranking_counts_the_votes_of_the_channels_asked_for(shelf: Shelf) -> None:
    (in_thread,) = await shelf.drawn(channel_id=6, parent_id=CHANNEL)
    (hidden,) = await shelf.drawn(channel_id=7)
    await cast(shelf, in_thread, BORIS)
    await cast(shelf, hidden, BORIS, CLARA)
    (found,) = await shelf.votes.ranking(GUILD, {CHANNEL}, 0, 10)
    assert found.picture == in_thread
    assert await shelf.votes.distinct_voters(GUILD, {CHANNEL}) == 1
    assert await shelf.votes.distinct_voters(GUILD, {CHANNEL, 7}) == 2
    assert await shelf.votes.distinct_voters(GUILD, set()) == 0
