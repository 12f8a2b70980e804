"""What people and channels chose is remembered until the style is gone."""

from __future__ import annotations

import pytest

from data.errors import NotFound
from data.models import JobKind, JobState, StyleId
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
