"""After the host changes the base, styles of the old one say so, and which it was."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.app import App
from bot.services.orders import DrawOrder
from data.models import OwnerId, StyleId
from engine.fake import FAKE_READY, FakeEngine, FakeScript
from tests.services.conftest import (
    ANA,
    BO,
    CHANNEL,
    GUILD,
    House,
    refuses,
    start_training,
    trained,
)

OLD, NEW = "f" * 64, "a1b2c3d4" * 8


@asynccontextmanager
async def changed(house: House) -> AsyncIterator[App]:
    """Open the app with other weights under the same name."""
    ready = dataclasses.replace(FAKE_READY, base_sha256=NEW)
    async with house.open(FakeEngine(FakeScript(outbox=house.outbox, ready=ready))) as app:
        yield app


@pytest.fixture
async def ink(house: House) -> StyleId:
    """Share a style that is trained on the old base."""
    async with house.open() as app:
        style_id = (await trained(app)).job.style_id
        assert style_id is not None
        await app.sharing.publish(style_id, ANA)
        return style_id


def order(owner: OwnerId, style: str | None = "ink") -> DrawOrder:
    return DrawOrder(
        owner_id=owner, prompt="cat", style=style, count=1, guild_id=GUILD, channel_id=CHANNEL
    )


@pytest.mark.parametrize("viewer", [ANA, BO], ids=["its artist", "others"])
@pytest.mark.parametrize("wanted", ["ink", None], ids=["asked for", "nothing said"])
async def test_a_style_of_the_old_base_says_so(
    house: House, ink: StyleId, viewer: OwnerId, wanted: str | None
) -> None:
    async with changed(house) as app:
        with refuses("style.old_base") as refusal:
            await app.draws.plan(order(viewer, wanted))
        assert refusal.value.facts == {
            "name": "ink", "base": "builtin ffffff", "now": "builtin a1b2c3",
        }  # fmt: skip


async def test_bases_of_two_names_are_told_by_name_alone(house: House, ink: StyleId) -> None:
    other = house.settings.state_dir.parent / "pony-v6"
    (house.settings.state_dir.parent / "builtin").rename(other)
    settings = dataclasses.replace(house.settings, base_model=str(other))
    async with changed(dataclasses.replace(house, settings=settings)) as app:
        with refuses("style.old_base") as refusal:
            await app.draws.plan(order(ANA))
        facts = refusal.value.facts
        assert (facts["base"], facts["now"]) == ("builtin", "pony-v6"), "and no folder's path"


async def test_what_was_never_trained_still_says_that(house: House, ink: StyleId) -> None:
    engine = house.engine()
    engine.hold()
    async with house.open(engine) as app:
        await start_training(app, name="oil")
        with refuses("style.not_trained"):
            await app.draws.plan(order(ANA, "oil"))


async def test_trained_again_it_is_drawn_with_and_shared_anew(house: House, ink: StyleId) -> None:
    async with changed(house) as app:
        again = await trained(app)
        assert again.version is not None
        assert (again.version.number, again.shared_number) == (2, None)
        plan = await app.draws.plan(order(ANA))
        assert plan.style is not None
        assert plan.style.version == again.version
        with refuses("style.old_base"):
            await app.draws.plan(order(BO))
        await app.sharing.publish(ink, ANA)
        assert (await app.draws.plan(order(BO))).style is not None


async def test_nothing_of_the_old_base_is_shared_or_chosen_for_a_channel(
    house: House, ink: StyleId
) -> None:
    async with changed(house) as app:
        (version,) = await app.store.styles.versions(ink)
        await trained(app, name="oil")
        for attempt in (
            app.sharing.publish(ink, ANA),
            app.sharing.publish(ink, ANA, version_id=version.id),
            app.styles.set_channel_default(CHANNEL, "ink", BO, GUILD),
        ):
            with refuses("style.old_base"):
                await attempt


async def test_the_button_of_an_old_version_names_the_old_base(house: House, ink: StyleId) -> None:
    async with changed(house) as app:
        await trained(app)
        old, _ = await app.store.styles.versions(ink)
        with refuses("style.old_base"):
            await app.sharing.publish(ink, ANA, version_id=old.id)


async def test_the_file_stays_and_the_old_base_brings_all_back(house: House, ink: StyleId) -> None:
    async with changed(house) as app:
        assert (await app.sharing.style_file(ink, ANA)).path.is_file()
    async with house.open() as app:
        assert (await app.draws.plan(order(BO))).style is not None


async def test_what_cannot_be_drawn_with_is_listed_with_the_reason(
    house: House, ink: StyleId
) -> None:
    async with changed(house) as app:
        app.engine.hold()  # type: ignore[attr-defined]
        await start_training(app, name="oil")
        mine = await app.styles.undrawable(ANA, GUILD)
        assert [(one.style.name, one.base) for one in mine] == [
            ("ink", "builtin ffffff"), ("oil", None),
        ]  # fmt: skip
        theirs = await app.styles.undrawable(BO, GUILD)
        assert [(one.style.name, one.base) for one in theirs] == [("ink", "builtin ffffff")]
        assert await app.styles.suggest("", BO, GUILD) == ()
