"""Each version of a style is shared by itself."""

from __future__ import annotations

import pytest

from bot.app import App
from bot.services.jobs import JobView
from bot.services.orders import DrawOrder
from data.models import JobState, OwnerId, StyleId, VersionId
from engine.fake import FakeEngine
from engine.protocol import DrawRequest
from tests.services.conftest import ANA, BO, CHANNEL, GUILD, refuses, start_training, trained


def order(owner: OwnerId, style: str | None = "ink") -> DrawOrder:
    return DrawOrder(
        owner_id=owner, prompt="cat", style=style, count=1, guild_id=GUILD, channel_id=CHANNEL
    )


async def number(app: App, viewer: OwnerId, style: str | None = "ink") -> int:
    """Tell the version that a `/draw` of this person would take."""
    plan = await app.draws.plan(order(viewer, style))
    assert plan.style is not None
    assert plan.style.version is not None
    return plan.style.version.number


def style_of(view: JobView) -> StyleId:
    assert view.style is not None
    return view.style.id


@pytest.fixture
async def first(app: App) -> JobView:
    """A style whose first version is shared."""
    view = await trained(app)
    await app.sharing.publish(style_of(view), ANA, guild_id=GUILD)
    return view


async def test_the_server_gets_a_new_version_only_when_its_artist_says_so(
    app: App, first: JobView
) -> None:
    second = await trained(app, count=7)
    assert (second.version and second.version.number, second.shared_number) == (2, 1)
    assert (await number(app, ANA), await number(app, BO)) == (2, 1)
    card = await app.sharing.publish(style_of(first), ANA, version_id=_version(second))
    assert card.shared_number == 2
    assert await number(app, BO) == 2


async def test_a_version_taken_back_leaves_the_server_the_one_before(
    app: App, first: JobView
) -> None:
    style_id = style_of(first)
    second = await trained(app, count=7)
    await app.sharing.publish(style_id, ANA)
    assert await number(app, BO) == 2, "without a version: the one that the artist draws with"
    card = await app.sharing.keep_private(style_id, ANA, version_id=_version(second))
    assert (card.shared_number, await number(app, BO)) == (1, 1)
    await app.sharing.keep_private(style_id, ANA)
    with refuses("style.unknown"):
        await app.draws.plan(order(BO))


async def test_an_older_version_shared_later_does_not_go_before_the_newest(app: App) -> None:
    first = await trained(app)
    await trained(app, count=7)
    await app.sharing.publish(style_of(first), ANA)
    card = await app.sharing.publish(style_of(first), ANA, version_id=_version(first))
    assert (card.shared_number, await number(app, BO)) == (2, 2)


async def test_a_draw_that_waits_keeps_the_version_it_was_asked_with(
    app: App, engine: FakeEngine, first: JobView
) -> None:
    engine.hold()
    waiting = await app.draws.request(await app.draws.plan(order(BO)))
    planned = await app.draws.plan(order(BO))
    engine.release()
    second = await trained(app, count=36)  # of another length, so of other content
    await app.sharing.publish(style_of(first), ANA, version_id=_version(second))
    late = await app.draws.request(planned)
    for job in (waiting, late):
        assert (await app.jobs.wait(job.id)).job.state is JobState.DONE
    asked = [one for one in engine.submitted if isinstance(one, DrawRequest)]
    used = {one.recipes[0].adapters[0].sha256 for one in asked}
    assert used == {first.checkpoints[-1].style_sha256}
    assert second.checkpoints[-1].style_sha256 not in used


async def test_the_channels_style_is_drawn_with_in_the_version_of_each(
    app: App, first: JobView
) -> None:
    await app.styles.set_channel_default(CHANNEL, "ink", ANA, GUILD)
    await trained(app, count=7)
    assert (await number(app, ANA, None), await number(app, BO, None)) == (2, 1)
    await app.sharing.keep_private(style_of(first), ANA)
    with refuses("draw.no_style"):
        await app.draws.plan(order(BO, None))


async def test_nobody_is_offered_what_only_its_artist_draws_with(app: App, first: JobView) -> None:
    await trained(app, name="oil")
    assert [one.style.name for one in await app.styles.suggest("", ANA, GUILD)] == ["ink", "oil"]
    assert [one.style.name for one in await app.styles.suggest("", BO, GUILD)] == ["ink"]
    await app.sharing.keep_private(style_of(first), ANA, version_id=_version(first))
    assert await app.styles.suggest("", BO, GUILD) == ()


async def test_what_is_not_trained_yet_cannot_be_shared(app: App, engine: FakeEngine) -> None:
    engine.hold()
    job = await start_training(app)
    assert job.style_id is not None
    with refuses("style.not_trained"):
        await app.sharing.publish(job.style_id, ANA)


async def test_a_version_of_another_style_is_not_shared_by_mistake(
    app: App, first: JobView
) -> None:
    oil = await trained(app, owner=BO, name="oil")
    with refuses("style.not_trained"):
        await app.sharing.publish(style_of(first), ANA, version_id=_version(oil))
    assert oil.version is not None
    assert (await app.store.styles.version(oil.version.id)).shared_ms is None


async def test_each_version_hands_out_its_own_file(app: App, first: JobView) -> None:
    second = await trained(app, count=7)
    for view, name in ((first, "ink-v1-"), (second, "ink-v2-")):
        file = await app.sharing.style_file(style_of(first), ANA, version_id=_version(view))
        assert file.file_name.startswith(name)
    assert (await app.sharing.style_file(style_of(first), ANA)).file_name.startswith("ink-v2-")


def _version(view: JobView) -> VersionId:
    assert view.version is not None
    return view.version.id
