"""Presets and defaults come back as they were put, each to its own holder."""

from __future__ import annotations

import pytest

from data.errors import NotFound
from data.models import StyleId
from data.settings import Default, Holder, Preset
from tests.data.shelf import ANNA, BORIS, ELSEWHERE, GUILD, Shelf


def preset(name: str, said: str = "{}", **whose: int) -> Preset:
    whose = {"owner_id": ANNA, **whose}
    return Preset(name=name, choices_json=said, **whose)  # type: ignore[arg-type]


async def test_a_name_is_there_once_per_person_and_once_per_server(shelf: Shelf) -> None:
    await shelf.presets.put(preset("soft"), 1)
    await shelf.presets.put(preset("soft", '{"score": 7}'), 2)
    await shelf.presets.put(preset("soft", guild_id=GUILD), 3)
    theirs = preset("soft", '{"count": 2}', guild_id=GUILD, owner_id=BORIS)
    await shelf.presets.put(theirs, 4)
    await shelf.presets.put(preset("bold", owner_id=BORIS), 5)
    mine = preset("soft", '{"score": 7}')
    assert await shelf.presets.usable(ANNA, GUILD) == (mine, theirs)
    assert await shelf.presets.usable(ANNA, ELSEWHERE) == (mine,)
    assert await shelf.presets.usable(ANNA, None) == (mine,)
    await shelf.presets.remove(mine)
    assert await shelf.presets.usable(ANNA, GUILD) == (theirs,)


async def test_defaults_belong_to_one_holder_and_the_last_count(shelf: Shelf) -> None:
    style = await shelf.styles.create(ANNA, "ink", GUILD, 1)
    holders = (Holder(person_id=ANNA), Holder(guild_id=GUILD), Holder(style_id=style.id))
    for number, holder in enumerate(holders):
        for said in ("{}", f'{{"count": {number}}}'):
            await shelf.defaults.put(Default(holder=holder, choices_json=said, set_by=ANNA), 1)
    for number, holder in enumerate(holders):
        found = await shelf.defaults.get(holder)
        assert found is not None
        assert found.choices_json == f'{{"count": {number}}}'
    await shelf.defaults.forget(holders[0])
    assert await shelf.defaults.get(holders[0]) is None
    assert await shelf.defaults.get(holders[1]) is not None
    assert await shelf.defaults.get(Holder(person_id=BORIS)) is None


async def test_a_style_that_is_gone_has_none(shelf: Shelf) -> None:
    holder = Holder(style_id=StyleId("gone"))
    with pytest.raises(NotFound):
        await shelf.defaults.put(Default(holder=holder, choices_json="{}", set_by=ANNA), 1)
