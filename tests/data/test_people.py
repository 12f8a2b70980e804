"""What people and channels chose is remembered until the style is gone."""

from __future__ import annotations

import pytest

from data.errors import NotFound
from data.models import StyleId
from tests.data.shelf import ANNA, BORIS, GUILD, Shelf


async def test_the_last_style_is_the_last_one_noted(shelf: Shelf) -> None:
    assert await shelf.people.last_style(ANNA) is None
    first, _, _ = await shelf.trained(ANNA, "one")
    second, _, _ = await shelf.trained(ANNA, "two")
    await shelf.people.remember_style(ANNA, first.id)
    await shelf.people.remember_style(ANNA, second.id)
    assert await shelf.people.last_style(ANNA) == second.id
    assert await shelf.people.last_style(BORIS) is None


async def test_language_and_style_do_not_overwrite_each_other(shelf: Shelf) -> None:
    style, _, _ = await shelf.trained(ANNA)
    await shelf.people.set_locale(ANNA, "en")
    await shelf.people.remember_style(ANNA, style.id)
    await shelf.people.set_locale(ANNA, "ru")
    assert await shelf.people.locale(ANNA) == "ru"
    assert await shelf.people.last_style(ANNA) == style.id
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
        await shelf.people.remember_style(ANNA, StyleId("none"))
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
