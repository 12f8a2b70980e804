"""What people and channels chose is remembered until the style is gone."""

from __future__ import annotations

import json

import pytest

from data.errors import NotFound
from data.models import JobKind, JobState, OwnerId, Place, Style, StyleId
from tests.data.shelf import ANNA, BORIS, GUILD, Shelf


async def test_drawing_and_the_end_of_an_own_training_are_uses_of_a_style(shelf: Shelf) -> None:
    assert await shelf.people.last_use(ANNA) is None
    first, _, _ = await shelf.trained(ANNA, "one")
    second, _, _ = await shelf.trained(ANNA, "two")
    assert await shelf.people.last_use(ANNA) == (second.id, JobKind.TRAIN)
    await shelf.drawn(ANNA, style=first)
    assert await shelf.people.last_use(ANNA) == (first.id, JobKind.DRAW)
    await shelf.drawn(ANNA)
    assert await shelf.people.last_use(ANNA) == (first.id, JobKind.DRAW), "drawn without a style"
    await shelf.drawn(BORIS, style=second)
    assert await shelf.people.last_use(ANNA) == (first.id, JobKind.DRAW), "somebody else's draw"
    await shelf.next_version(second)
    assert await shelf.people.last_use(ANNA) == (second.id, JobKind.TRAIN)


async def test_a_training_counts_from_its_end(shelf: Shelf) -> None:
    old, _, _ = await shelf.trained(ANNA, "one")
    new = await shelf.styles.create(ANNA, "two", GUILD, shelf.now())
    training, _ = await shelf.training(new)
    await shelf.drawn(ANNA, style=old)
    assert await shelf.people.last_use(ANNA) == (old.id, JobKind.DRAW)
    await shelf.end(training)
    assert await shelf.people.last_use(ANNA) == (new.id, JobKind.TRAIN)


@pytest.mark.parametrize("end", [JobState.FAILED, JobState.CANCELLED])
async def test_a_training_without_a_style_is_no_use(shelf: Shelf, end: JobState) -> None:
    old, _, _ = await shelf.trained(ANNA, "one")
    new = await shelf.styles.create(ANNA, "two", GUILD, shelf.now())
    training, _ = await shelf.training(new)
    await shelf.end(training, end)
    assert await shelf.people.last_use(ANNA) == (old.id, JobKind.TRAIN)


async def test_the_language_is_the_last_one_noted(shelf: Shelf) -> None:
    await shelf.people.set_locale(ANNA, "en")
    await shelf.people.set_locale(ANNA, "ru")
    assert await shelf.people.locale(ANNA) == "ru"
    assert await shelf.people.locale(BORIS) is None


async def test_a_channels_default_is_set_changed_and_cleared(shelf: Shelf) -> None:
    style, _, _ = await shelf.trained(ANNA)
    assert await shelf.people.channel_style(5) is None
    await shelf.people.set_channel_style(5, GUILD, style.id)
    assert await shelf.people.channel_style(5) == style.id
    assert await shelf.people.channel_style(6) is None
    await shelf.people.set_channel_style(5, GUILD, None)
    assert await shelf.people.channel_style(5) is None


async def test_an_unknown_style_cannot_be_chosen(shelf: Shelf) -> None:
    with pytest.raises(NotFound):
        await shelf.people.set_channel_style(5, GUILD, StyleId("none"))


async def test_meta_keeps_the_last_text_per_key(shelf: Shelf) -> None:
    assert await shelf.meta.get("commands") is None
    await shelf.meta.put("commands", "one")
    await shelf.meta.put("commands", "two")
    await shelf.meta.put("other", "x")
    assert await shelf.meta.get("commands") == "two"
    await shelf.meta.remove("commands")
    await shelf.meta.remove("commands")
    assert await shelf.meta.get("commands") is None
    assert await shelf.meta.get("other") == "x"


async def scored(
    shelf: Shelf, style: Style, score: int | None, owner: OwnerId = ANNA,
    end: JobState = JobState.DONE,
) -> None:  # fmt: skip
    """Draw in a style, to this end."""
    await shelf.jobs.create(
        kind=JobKind.DRAW,
        owner_id=owner,
        place=Place(guild_id=GUILD, channel_id=None, message_id=None),
        locale="en",
        request_json=json.dumps({"recipes": [{"score": score}]}),
        style_id=style.id,
        quiet=False,
        now=shelf.now(),
    )
    await shelf.end(await shelf.claim(), end)


async def test_the_usual_score_is_the_most_frequent_of_the_last_done_draws(shelf: Shelf) -> None:
    style = await shelf.styles.create(ANNA, "a", GUILD, 1)
    other = await shelf.styles.create(ANNA, "b", GUILD, 1)

    async def usual() -> int | None:
        return await shelf.people.usual_score(ANNA, style.id, least=5)

    for score in (7, 7, 6, 6, None):
        await scored(shelf, style, score)
    assert await usual() is None, "four had a score"
    await scored(shelf, style, 6, BORIS)
    await scored(shelf, style, 6, end=JobState.FAILED)
    await scored(shelf, other, 6)
    assert await usual() is None, "these are others"
    await scored(shelf, style, 5)
    assert await usual() == 6, "of two the later one"
    for _ in range(97):
        await scored(shelf, style, None)
    assert await usual() is None, "it was long ago"


async def test_the_usual_score_is_found_by_an_index(shelf: Shelf) -> None:
    style = await shelf.styles.create(ANNA, "a", GUILD, 1)
    plan = await shelf.db.read().fetch_all(
        "EXPLAIN QUERY PLAN SELECT request_json FROM jobs WHERE style_id = ? AND owner_id = ?"
        " AND kind = 'draw' AND state = 'done' ORDER BY seq DESC LIMIT 100",
        (style.id, ANNA),
    )
    assert [row["detail"] for row in plan] == [
        "SEARCH jobs USING INDEX jobs_by_style (style_id=? AND owner_id=?)"
    ]
