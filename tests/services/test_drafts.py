"""Which draft drawings go into when nobody says its id."""

from __future__ import annotations

import asyncio

from bot.app import App
from bot.services.names import DEFAULT_NAME
from data.models import Dataset
from tests.services.conftest import ANA, BO, GUILD, drawings


async def hand_over(
    app: App, name: str | None, *, guild_id: int = GUILD, count: int = 0
) -> Dataset:
    report = await app.datasets.add(ANA, drawings(count), name=name, guild_id=guild_id)
    return report.dataset


async def test_a_draft_is_found_by_its_name_behind_a_newer_one(app: App) -> None:
    ink = await hand_over(app, "ink", count=2)
    oil = await hand_over(app, "oil")
    assert (await hand_over(app, "Ink")).id == ink.id
    assert (await hand_over(app, None)).id == oil.id, "the newest, where no name is said"
    assert len(await app.store.datasets.drafts_of(ANA)) == 2


async def test_a_name_that_is_taken_goes_to_its_own_draft_not_to_the_unnamed(app: App) -> None:
    ink = await hand_over(app, "ink", count=2)
    unnamed = await hand_over(app, DEFAULT_NAME, count=1)
    assert (await hand_over(app, "ink")).id == ink.id
    named = await hand_over(app, "oil")
    assert (named.id, named.name) == (unnamed.id, "oil")


async def test_drafts_of_others_servers_and_trainings_are_left_alone(app: App) -> None:
    ink = await hand_over(app, "ink", count=6)
    elsewhere = await hand_over(app, "ink", guild_id=GUILD + 1)
    theirs = (await app.datasets.add(BO, [], name="ink", guild_id=GUILD)).dataset
    assert len({ink.id, elsewhere.id, theirs.id}) == 3
    await app.trainings.start(ink.id, owner_id=ANA)
    assert (await hand_over(app, "ink")).id not in {ink.id, elsewhere.id, theirs.id}


async def test_two_windows_sent_at_once_open_one_draft(app: App) -> None:
    both = await asyncio.gather(hand_over(app, "ink"), hand_over(app, "ink"))
    assert both[0].id == both[1].id
