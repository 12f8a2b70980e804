"""A channel's own style is one that everybody there may draw with."""

from __future__ import annotations

import pytest

from bot.app import App
from data.models import StyleId
from engine.fake import FakeEngine
from tests.services.conftest import ANA, BO, CHANNEL, GUILD, refuses, start_training, trained


@pytest.fixture
async def ink(app: App) -> StyleId:
    style_id = (await trained(app)).job.style_id
    assert style_id is not None
    return style_id


async def chosen(app: App) -> StyleId | None:
    return await app.store.people.channel_style(CHANNEL)


async def test_a_shared_style_becomes_the_channels(app: App, ink: StyleId) -> None:
    await app.sharing.publish(ink, ANA)
    style = await app.styles.set_channel_default(CHANNEL, "Ink", BO, GUILD)
    assert style is not None
    assert (style.id, await chosen(app)) == (ink, ink)
    assert await app.styles.set_channel_default(CHANNEL, None, BO, GUILD) is None
    assert await chosen(app) is None


async def test_a_private_style_is_refused_to_its_artist_and_unknown_to_others(
    app: App, ink: StyleId
) -> None:
    with refuses("style.default_private"):
        await app.styles.set_channel_default(CHANNEL, "ink", ANA, GUILD)
    with refuses("style.unknown"):
        await app.styles.set_channel_default(CHANNEL, "ink", BO, GUILD)
    assert await chosen(app) is None


async def test_a_refusal_leaves_the_channels_style_as_it_was(app: App, ink: StyleId) -> None:
    await app.sharing.publish(ink, ANA)
    await app.styles.set_channel_default(CHANNEL, "ink", ANA, GUILD)
    await trained(app, name="oil")
    with refuses("style.default_private"):
        await app.styles.set_channel_default(CHANNEL, "oil", ANA, GUILD)
    assert await chosen(app) == ink


async def test_a_style_of_another_server_is_refused(app: App, ink: StyleId) -> None:
    await app.sharing.publish(ink, ANA)
    with refuses("style.elsewhere"):
        await app.styles.set_channel_default(CHANNEL, "ink", ANA, GUILD + 1)


async def test_a_style_that_is_still_trained_is_refused(app: App, engine: FakeEngine) -> None:
    engine.hold()
    await start_training(app)
    with refuses("style.not_trained"):
        await app.styles.set_channel_default(CHANNEL, "ink", ANA, GUILD)


async def test_only_shared_styles_are_offered_for_a_channel(app: App, ink: StyleId) -> None:
    await trained(app, name="oil")
    assert await app.styles.suggest_shared("", ANA, GUILD) == ()
    await app.sharing.publish(ink, ANA)
    (offered,) = await app.styles.suggest_shared("i", ANA, GUILD)
    assert (offered.style.id, offered.is_unique) == (ink, True)
    assert await app.styles.suggest_shared("", ANA, GUILD + 1) == ()
