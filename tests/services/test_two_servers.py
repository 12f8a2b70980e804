"""One artist in two servers: a name used in both is a style of each."""

from __future__ import annotations

import pytest

from bot.app import App
from bot.services.hostwork import HostWork
from bot.services.jobs import JobView
from bot.services.orders import DrawOrder
from bot.services.wishes import ExportWish
from data.models import OwnerId, StyleId
from tests.services.conftest import ANA, BO, GUILD, drawings, refuses, trained

OTHER = GUILD + 1


async def trained_in(app: App, guild_id: int, name: str = "ink") -> JobView:
    report = await app.datasets.add(ANA, drawings(6), name=name, guild_id=guild_id)
    job = await app.trainings.start(report.dataset.id, owner_id=ANA)
    return await app.jobs.wait(job.id)


def order(owner: OwnerId, guild_id: int, style: str | None = "ink") -> DrawOrder:
    return DrawOrder(owner_id=owner, prompt="cat", style=style, count=1, guild_id=guild_id)


async def planned(app: App, wanted: DrawOrder) -> StyleId:
    plan = await app.draws.plan(wanted)
    assert plan.style is not None
    return plan.style.style.id


@pytest.fixture
async def inks(app: App) -> tuple[StyleId, StyleId]:
    """Train ink in both servers."""
    ids: list[StyleId] = []
    for guild_id in (GUILD, OTHER):
        view = await trained_in(app, guild_id)
        assert view.style is not None
        assert (view.style.guild_id, view.version and view.version.number) == (guild_id, 1)
        ids.append(view.style.id)
    assert ids[0] != ids[1]
    return ids[0], ids[1]


async def test_the_same_name_in_the_same_server_is_the_next_version(app: App) -> None:
    first, second = await trained_in(app, OTHER), await trained_in(app, OTHER)
    assert first.style == second.style
    assert second.version is not None
    assert second.version.number == 2


async def test_a_style_is_drawn_with_and_seen_in_its_own_server_only(
    app: App, inks: tuple[StyleId, StyleId]
) -> None:
    here, there = inks
    await app.sharing.publish(here, ANA, guild_id=GUILD)
    assert await planned(app, order(BO, GUILD)) == here
    for wanted in ("ink", here, there):
        with refuses("style.unknown"):
            await app.draws.plan(order(BO, OTHER, wanted))
    assert await app.styles.suggest("", BO, OTHER) == ()
    await app.sharing.publish(there, ANA, guild_id=OTHER)
    assert await planned(app, order(BO, OTHER)) == there
    assert await planned(app, order(BO, GUILD)) == here
    with refuses("style.unknown"):
        await app.draws.plan(order(BO, GUILD, there))


async def test_the_artist_means_the_one_of_this_server(
    app: App, inks: tuple[StyleId, StyleId]
) -> None:
    for guild_id, style_id in zip((GUILD, OTHER), inks, strict=True):
        assert await planned(app, order(ANA, guild_id)) == style_id
        assert (await app.styles.own("ink", ANA, guild_id)).id == style_id
        offered = await app.styles.suggest("", ANA, guild_id)
        assert [one.is_unique for one in offered] == [False, False]
        assert offered[0].style.id == style_id, "this server's first"
    assert await planned(app, order(ANA, GUILD, inks[1])) == inks[1], "by its id, anywhere"


async def test_again_in_another_server_does_not_show_what_was_shared_in_the_first(
    app: App, inks: tuple[StyleId, StyleId]
) -> None:
    await app.sharing.publish(inks[0], ANA, guild_id=GUILD)
    job = await app.draws.request(await app.draws.plan(order(ANA, GUILD)))
    with refuses("style.unknown"):
        await app.draws.plan(await app.draws.again(job.id, BO, guild_id=OTHER))


async def test_what_is_shared_elsewhere_is_not_the_only_one_here(app: App) -> None:
    ink, oil = await trained_in(app, GUILD, "ink"), await trained_in(app, GUILD, "oil")
    assert ink.style is not None
    assert oil.style is not None
    await app.sharing.publish(ink.style.id, ANA, guild_id=GUILD)
    assert await planned(app, order(BO, GUILD, None)) == ink.style.id
    sun = await trained(app, owner=BO, name="sun")
    assert sun.style is not None
    await app.sharing.publish(sun.style.id, BO)
    await app.draws.request(await app.draws.plan(order(ANA, GUILD, "sun")))
    # What she drew with last is of no use in the other server.
    with refuses("draw.which_style"):
        await app.draws.plan(order(ANA, OTHER, None))


async def test_the_host_says_by_its_id_which_of_several_is_meant(
    app: App, inks: tuple[StyleId, StyleId]
) -> None:
    work = HostWork(app)
    with refuses("style.several") as refusal:
        await work.export(ExportWish(style="ink"))
    assert refusal.value.facts["styles"] == f"{inks[0]} ({ANA}), {inks[1]} ({ANA})"
    names = {(await work.export(ExportWish(style=style_id))).file_name for style_id in inks}
    assert len(names) == 2
    assert all(name.startswith("ink-") for name in names)
