"""Pictures: recorded once, by the attempt that holds the job, found by their message."""

from __future__ import annotations

import dataclasses

import pytest

from data.errors import NotFound
from data.models import JobId, Picture, PictureId, Question, VoteSource
from tests.data.shelf import ANNA, BORIS, CHANNEL, CLARA, ELSEWHERE, GUILD, Shelf, sha_of


async def add(shelf: Shelf, job_id: JobId, attempt: int, ordinal: int, text: str) -> Picture | None:
    return await shelf.pictures.add(
        job_id,
        attempt,
        ordinal,
        sha_of(text),
        '{"seed": 1}',
        3,
        None,
        shelf.now(),
    )


async def test_a_picture_carries_its_recipe_and_rules(shelf: Shelf) -> None:
    await shelf.queue()
    job = await shelf.claim()
    made = await add(shelf, job.id, job.attempt, 0, "a")
    assert made is not None
    assert (made.recipe_json, made.rules, made.sha256) == ('{"seed": 1}', 3, sha_of("a"))
    assert await shelf.pictures.get(made.id) == made


async def test_pictures_are_listed_in_the_order_of_the_grid(shelf: Shelf) -> None:
    await shelf.queue()
    job = await shelf.claim()
    made = {ordinal: await shelf.picture(job, ordinal) for ordinal in (2, 0, 1)}
    assert await shelf.pictures.of_job(job.id) == (made[0], made[1], made[2])


async def test_a_picture_drawn_again_is_recorded_once(shelf: Shelf) -> None:
    await shelf.queue()
    job = await shelf.claim()
    first = await add(shelf, job.id, job.attempt, 0, "first")
    await shelf.lose(job)
    again = await shelf.claim()
    assert await add(shelf, job.id, again.attempt, 0, "a little different") == first
    assert await shelf.pictures.of_job(job.id) == (first,)


async def test_a_late_attempt_records_nothing(shelf: Shelf) -> None:
    await shelf.queue()
    zombie = await shelf.claim()
    await shelf.lose(zombie)
    assert await add(shelf, zombie.id, zombie.attempt, 0, "x") is None, "nobody holds the job"
    job = await shelf.claim()
    assert await add(shelf, zombie.id, zombie.attempt, 0, "x") is None, "another attempt does"
    assert await add(shelf, job.id, job.attempt, 0, "y") is not None
    assert await add(shelf, zombie.id, zombie.attempt, 0, "x") is None, "the place is taken, too"
    await shelf.end(job)
    assert await add(shelf, job.id, job.attempt, 1, "z") is None, "the job has ended"
    assert [one.sha256 for one in await shelf.pictures.of_job(job.id)] == [sha_of("y")]


async def test_an_unknown_picture_is_not_found(shelf: Shelf) -> None:
    with pytest.raises(NotFound):
        await shelf.pictures.get(PictureId("none"))


async def test_a_reaction_finds_its_picture(shelf: Shelf) -> None:
    made = await shelf.drawn(pictures=4, message_id=42)
    await shelf.drawn(pictures=4, message_id=43)
    assert await shelf.pictures.by_message_ordinal(42, 2) == made[2]
    assert await shelf.pictures.by_message_ordinal(42, 4) is None
    assert await shelf.pictures.by_message_ordinal(99, 0) is None


async def test_the_newest_pictures_of_a_server_without_quiet_and_unfinished_ones(
    shelf: Shelf,
) -> None:
    (oldest,) = await shelf.drawn(ANNA, message_id=42)
    (newest,) = await shelf.drawn(BORIS)
    await shelf.drawn(ANNA, quiet=True)
    await shelf.drawn(ANNA, guild_id=ELSEWHERE)
    await shelf.drawn(ANNA, guild_id=None)
    await shelf.queue(CLARA)
    await shelf.picture(await shelf.claim())
    found = await shelf.pictures.recent(GUILD, {CHANNEL}, 0, 10)
    assert [one.picture for one in found] == [newest, oldest]
    assert (found[1].owner_id, found[1].place.message_id, found[1].votes) == (ANNA, 42, 0)
    assert [one.picture for one in await shelf.pictures.recent(GUILD, {CHANNEL}, 0, 1)] == [newest]


async def test_the_newest_pictures_are_those_of_the_channels_asked_for(shelf: Shelf) -> None:
    (in_thread,) = await shelf.drawn(channel_id=6, parent_id=CHANNEL)
    (other,) = await shelf.drawn(channel_id=7)
    await shelf.drawn(channel_id=8, parent_id=9)

    async def seen(*channel_ids: int) -> list[Picture]:
        return [one.picture for one in await shelf.pictures.recent(GUILD, channel_ids, 0, 10)]

    assert await seen(CHANNEL) == [in_thread]
    assert await seen(CHANNEL, 7) == [other, in_thread]
    assert await seen(6) == [], "a thread is seen by who sees its channel"
    assert await seen() == []
    (found,) = await shelf.pictures.recent(GUILD, [CHANNEL], 0, 10)
    assert (found.place.channel_id, found.place.parent_id, found.place.root_id) == (6, 5, 5)


async def test_messages_whose_reactions_are_read_again(shelf: Shelf) -> None:
    await shelf.drawn(message_id=41, pictures=2)
    since = shelf.now()
    (second,) = await shelf.drawn(message_id=42)
    (third,) = await shelf.drawn(message_id=43)
    await shelf.drawn(message_id=None)
    await shelf.queue(message_id=44)
    found = await shelf.pictures.messages_since(since)
    assert found == ((5, 43, third.job_id), (5, 42, second.job_id))
    assert {one.message_id for one in await shelf.pictures.messages_since(0)} == {41, 42, 43}


async def test_what_a_deleted_message_showed_is_nowhere_until_it_is_posted_again(
    shelf: Shelf,
) -> None:
    (gone,) = await shelf.drawn(ANNA, message_id=41)
    (kept,) = await shelf.drawn(ANNA, message_id=42)
    for picture in (gone, kept):
        await shelf.votes.cast(picture.id, BORIS, Question.LIKE, VoteSource.GATEWAY, shelf.now())

    async def shown() -> list[list[int | None]]:
        newest = await shelf.pictures.recent(GUILD, {CHANNEL}, 0, 10)
        ranked = await shelf.votes.ranking(GUILD, {CHANNEL}, 0, 10)
        known = await shelf.pictures.messages_since(0)
        messages = [[one.place.message_id for one in found] for found in (newest, ranked)]
        return [*messages, [one.message_id for one in known]]

    assert await shelf.jobs.take_down([41, 40], shelf.now()) == 1
    assert await shown() == [[42]] * 3
    assert await shelf.votes.voters(gone.id) == {BORIS}, "the vote stays"
    await shelf.jobs.take_down([42], shelf.now())
    assert await shelf.votes.distinct_voters(GUILD, {CHANNEL}) == 0
    place = (await shelf.jobs.get(gone.job_id)).place
    await shelf.jobs.set_place(gone.job_id, dataclasses.replace(place, message_id=43))
    assert await shown() == [[43]] * 3


async def test_a_deleted_thread_takes_its_pictures_with_it(shelf: Shelf) -> None:
    await shelf.drawn(ANNA, channel_id=70, parent_id=CHANNEL, message_id=41)
    (kept,) = await shelf.drawn(ANNA, message_id=42)
    assert await shelf.jobs.take_down_thread(ELSEWHERE, 70, shelf.now()) == 0
    assert await shelf.jobs.take_down_thread(GUILD, 70, shelf.now()) == 1
    found = await shelf.pictures.recent(GUILD, {CHANNEL}, 0, 10)
    assert [one.picture for one in found] == [kept]


async def test_the_newest_pictures_are_none_that_are_old(shelf: Shelf) -> None:
    await shelf.drawn(ANNA)
    (new,) = await shelf.drawn(ANNA)
    found = await shelf.pictures.recent(GUILD, {CHANNEL}, new.created_ms, 10)
    assert [one.picture for one in found] == [new]
