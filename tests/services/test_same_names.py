"""Two styles of one name: each is found, offered and drawn with again by its own id."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from bot.app import App
from bot.services.orders import DrawOrder
from data.models import OwnerId, StyleId
from engine.fake import FakeEngine
from tests.services.conftest import (
    ANA,
    BO,
    CHANNEL,
    CY,
    GUILD,
    refuses,
    start_training,
    trained,
)


class Two(NamedTuple):
    """Two shared styles called ink."""

    anas: StyleId
    bos: StyleId


@pytest.fixture
async def two(app: App) -> Two:
    shared: list[StyleId] = []
    for owner in (ANA, BO):
        style_id = (await trained(app, owner=owner, name="ink")).job.style_id
        assert style_id is not None
        await app.sharing.publish(style_id, owner)
        shared.append(style_id)
    return Two(*shared)


def order(style: str, owner: OwnerId = CY) -> DrawOrder:
    return DrawOrder(
        owner_id=owner, prompt="cat", style=style, count=1, guild_id=GUILD, channel_id=CHANNEL
    )


async def planned(app: App, wanted: DrawOrder) -> StyleId:
    plan = await app.draws.plan(wanted)
    assert plan.style is not None
    return plan.style.style.id


async def test_both_can_be_drawn_with_by_others(app: App, two: Two) -> None:
    assert await planned(app, order(two.anas)) == two.anas
    assert await planned(app, order(two.bos)) == two.bos
    assert await planned(app, order("ink")) == two.anas, "by name: the older one"
    assert await planned(app, order("ink", BO)) == two.bos, "by name: one's own first"


async def test_what_is_offered_says_that_the_name_is_not_enough(app: App, two: Two) -> None:
    await trained(app, owner=CY, name="oil")
    offered = await app.styles.suggest("", CY, GUILD)
    assert [(one.style.name, one.is_unique) for one in offered] == [
        ("oil", True), ("ink", False), ("ink", False),
    ]  # fmt: skip
    assert {one.style.id for one in offered if not one.is_unique} == set(two)


async def test_ones_own_that_is_not_trained_yet_makes_the_name_ambiguous_too(
    app: App, engine: FakeEngine, two: Two
) -> None:
    await app.sharing.keep_private(two.anas, ANA)
    engine.hold()
    await start_training(app, owner=CY, name="ink")
    (only,) = await app.styles.suggest("", CY, GUILD)
    assert (only.style.id, only.is_unique) == (two.bos, False)


async def test_again_takes_the_style_of_the_job(app: App, two: Two) -> None:
    job = await app.draws.request(await app.draws.plan(order(two.bos)))
    again = await app.draws.again(job.id, CY, guild_id=GUILD)
    assert await planned(app, again) == two.bos


@pytest.mark.parametrize("gone", ["private", "deleted", "erased"])
async def test_again_takes_no_other_style_of_that_name(app: App, two: Two, gone: str) -> None:
    job = await app.draws.request(await app.draws.plan(order(two.bos)))
    await app.jobs.wait(job.id)
    if gone == "private":
        await app.sharing.keep_private(two.bos, BO)
    elif gone == "deleted":
        await app.style_care.delete(two.bos, BO)
    else:
        await app.privacy.erase(BO)
    with refuses("style.unknown"):
        await app.draws.plan(await app.draws.again(job.id, CY, guild_id=GUILD))


async def test_an_id_finds_nothing_that_its_owner_keeps(app: App, two: Two) -> None:
    await app.sharing.keep_private(two.bos, BO)
    with refuses("style.unknown"):
        await app.draws.plan(order(two.bos))


async def test_the_channel_takes_the_one_that_was_meant(app: App, two: Two) -> None:
    style = await app.styles.set_channel_default(CHANNEL, two.bos, CY, GUILD)
    assert style is not None
    assert (style.id, style.name) == (two.bos, "ink")
    assert await app.store.people.channel_style(CHANNEL) == two.bos


async def test_ones_own_is_found_by_id_and_by_name(app: App, two: Two) -> None:
    for wanted in (two.bos, " Ink "):
        assert (await app.styles.own(wanted, BO, GUILD)).id == two.bos
    with refuses("style.not_yours"):
        await app.styles.own(two.anas, BO, GUILD)
    with refuses("style.unknown"):
        await app.styles.own("oil", BO, GUILD)
