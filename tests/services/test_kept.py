"""Several checkpoints of one training, each a version that is drawn with by its number."""

from __future__ import annotations

import pytest

from bot.app import App
from bot.services.drawing.remakes import Remake
from bot.services.jobs import JobView
from bot.services.numbering import split_number, with_number
from bot.services.orders import DrawOrder
from bot.services.sharing import KEPT_MOST
from data.models import Checkpoint, OwnerId, StyleVersion
from engine.lora.reading import read_header
from engine.lora.thumbnails import plain_sha256
from tests.services.conftest import ANA, BO, CHANNEL, GUILD, refuses, trained


async def kept(app: App, view: JobView, *numbers: int) -> tuple[StyleVersion, ...]:
    """Keep these checkpoints of a training, counted from 0."""
    assert view.version is not None
    ids = [view.checkpoints[number].id for number in numbers]
    return await app.sharing.keep_checkpoints(view.version.id, ids, ANA)


async def drawn(app: App, viewer: OwnerId, style: str, prompt: str = "cat") -> tuple[str, str]:
    """Tell what a `/draw` of this person would use: its name and its file."""
    order = DrawOrder(
        owner_id=viewer, prompt=prompt, style=style, guild_id=GUILD, channel_id=CHANNEL
    )
    [use] = (await app.draws.plan(order)).recipes[0].adapters
    return use.name, use.sha256


def file_of(checkpoint: Checkpoint) -> str:
    return checkpoint.style_sha256


@pytest.mark.parametrize(
    ("wanted", "parts"),
    [
        ("ink", ("ink", None)),
        (" ink@2 ", ("ink", 2)),
        ("моя тушь @ 12", ("моя тушь", 12)),
        ("ink@", ("ink@", None)),
        ("@2", ("@2", None)),
    ],
    ids=str,
)
def test_a_number_is_parted_from_a_name(wanted: str, parts: tuple[str, int | None]) -> None:
    assert split_number(wanted) == parts
    assert split_number(with_number(*parts)) == parts


async def test_each_kept_checkpoint_is_drawn_with_by_its_number(app: App) -> None:
    view = await trained(app)
    versions = await kept(app, view, 1, 0)
    assert [one.number for one in versions] == [2, 3]
    assert await drawn(app, ANA, "ink") == ("ink", file_of(view.checkpoints[-1]))
    assert await drawn(app, ANA, "ink@1") == ("ink@1", file_of(view.checkpoints[-1]))
    assert await drawn(app, ANA, "INK@2") == ("ink@2", file_of(view.checkpoints[1]))
    assert await drawn(app, ANA, "ink@3") == ("ink@3", file_of(view.checkpoints[0]))
    assert view.style is not None
    assert await drawn(app, ANA, f"{view.style.id}@3") == ("ink@3", file_of(view.checkpoints[0]))
    with refuses("style.no_version"):
        await drawn(app, ANA, "ink@4")


async def test_a_kept_version_is_shared_by_itself(app: App) -> None:
    view = await trained(app)
    [two, three] = await kept(app, view, 0, 1)
    assert view.style is not None
    assert view.version is not None
    card = await app.sharing.publish(view.style.id, ANA, version_id=two.id)
    assert card.shared_number == 2
    assert await drawn(app, BO, "ink") == ("ink", file_of(view.checkpoints[0]))
    assert await drawn(app, BO, "ink@2") == ("ink@2", file_of(view.checkpoints[0]))
    for private in ("ink@1", "ink@3"):
        with refuses("style.no_version"):
            await drawn(app, BO, private)
    card = await app.sharing.publish(view.style.id, ANA, version_id=view.version.id)
    assert card.shared_number == 1, "a training's own version goes before what is kept of it"
    card = await app.sharing.keep_private(view.style.id, ANA, version_id=two.id)
    assert card.shared_number == 1
    with refuses("style.no_version"):
        await drawn(app, BO, "ink@2")
    assert three.shared_ms is None


async def test_a_picture_of_a_kept_version_is_drawn_over_by_whoever_may_draw_with_it(
    app: App,
) -> None:
    view = await trained(app)
    [two] = await kept(app, view, 0)
    assert view.style is not None
    await app.sharing.publish(view.style.id, ANA, version_id=two.id)
    order = DrawOrder(owner_id=BO, prompt="cat", style="ink", guild_id=GUILD, channel_id=CHANNEL)
    job = await app.draws.request(await app.draws.plan(order))
    await app.jobs.wait(job.id)
    for remake in Remake:
        [use] = (await app.remakes.plan(job.id, 1, remake, BO, guild_id=GUILD)).recipes[0].adapters
        assert use.sha256 == file_of(view.checkpoints[0])
    await app.sharing.keep_private(view.style.id, ANA, version_id=two.id)
    with refuses("style.unknown"):
        await app.remakes.plan(job.id, 1, Remake.EXACT, BO, guild_id=GUILD)


async def test_the_next_training_goes_before_everything_kept(app: App) -> None:
    first = await trained(app)
    await kept(app, first, 0)
    second = await trained(app, count=7)
    assert second.version is not None
    assert second.version.number == 3
    assert (await drawn(app, ANA, "ink"))[1] == file_of(second.checkpoints[-1])
    await kept(app, first, 0, 1)
    assert (await drawn(app, ANA, "ink"))[1] == file_of(second.checkpoints[-1])
    assert (await drawn(app, ANA, "ink@4"))[1] == file_of(first.checkpoints[1])


async def test_a_number_never_means_another_checkpoint(app: App) -> None:
    view = await trained(app)
    await kept(app, view, 0)
    assert view.style is not None
    [two] = await kept(app, view, 0)
    await app.sharing.publish(view.style.id, ANA, version_id=two.id)
    assert await kept(app, view) == ()
    for viewer in (ANA, BO):
        with refuses("style.no_version" if viewer == ANA else "style.unknown"):
            await drawn(app, viewer, "ink@2")
    [three] = await kept(app, view, 1)
    assert three.number == 3


async def test_only_the_artist_keeps_and_only_so_many(app: App) -> None:
    view = await trained(app)
    assert view.version is not None
    ids = [one.id for one in view.checkpoints]
    with refuses("style.not_yours"):
        await app.sharing.keep_checkpoints(view.version.id, ids[:1], BO)
    with refuses("choice.too_many"):
        await app.sharing.keep_checkpoints(view.version.id, (ids * 4)[: KEPT_MOST + 1], ANA)
    other = await trained(app, name="oil", count=7)
    assert await kept(app, view) == ()
    assert other.version is not None
    stranger = other.checkpoints[0].id
    assert await app.sharing.keep_checkpoints(view.version.id, [stranger], ANA) == ()


async def test_a_kept_version_has_a_file_of_its_own(app: App) -> None:
    view = await trained(app)
    [two] = await kept(app, view, 0)
    assert view.style is not None
    style, version_id = await app.styles.own_version("ink@2", ANA, GUILD)
    assert (style.id, version_id) == (view.style.id, two.id)
    file = await app.sharing.style_file(style.id, ANA, version_id=version_id)
    step = view.checkpoints[0].step
    assert file.file_name == f"ink-v2-{step}.safetensors"
    # What is handed out carries a thumbnail, too.
    assert plain_sha256(file.path, read_header(file.path)) == file_of(view.checkpoints[0])
    assert (await app.styles.own_version("ink", ANA, GUILD))[1] is None
    with refuses("style.no_version"):
        await app.styles.own_version("ink@9", ANA, GUILD)


async def test_the_host_gets_the_file_of_each_shared_version(app: App) -> None:
    view = await trained(app)
    [two] = await kept(app, view, 0)
    assert view.style is not None
    await app.sharing.publish(view.style.id, ANA)
    await app.sharing.publish(view.style.id, ANA, version_id=two.id)
    shared = [(one.number, saved.id) for one, saved in await app.store.exports.shared()]
    assert shared == [(1, view.checkpoints[-1].id), (2, view.checkpoints[0].id)]


async def test_versions_are_offered_by_number_to_those_who_may(app: App) -> None:
    view = await trained(app)
    [two, _] = await kept(app, view, 0, 1)
    assert view.style is not None
    numbers = [one.number for one in await app.styles.suggest("in", ANA, GUILD)]
    assert numbers == [None, 3, 2, 1]
    assert [one.number for one in await app.styles.suggest("ink@2", ANA, GUILD)] == [2]
    assert [one.number for one in await app.styles.suggest_own("ink@", ANA, GUILD)] == [3, 2, 1]
    await app.sharing.publish(view.style.id, ANA, version_id=two.id)
    assert [one.number for one in await app.styles.suggest("", BO, GUILD)] == [None]
    [card] = await app.styles.usable(BO, GUILD)
    assert card.numbers == (2,)


async def test_again_draws_with_the_version_that_was_asked_for(app: App) -> None:
    view = await trained(app)
    await kept(app, view, 0)
    order = DrawOrder(owner_id=ANA, prompt="cat style:ink@2", guild_id=GUILD, channel_id=CHANNEL)
    job = await app.draws.request(await app.draws.plan(order))
    await app.jobs.wait(job.id)
    again = await app.draws.plan(await app.draws.again(job.id, ANA, guild_id=GUILD))
    [use] = again.recipes[0].adapters
    assert (use.name, use.sha256) == ("ink@2", file_of(view.checkpoints[0]))


async def test_with_the_style_everything_that_is_kept_goes(app: App) -> None:
    view = await trained(app)
    await kept(app, view, 0)
    assert view.style is not None
    await app.style_care.delete(view.style.id, ANA)
    with refuses("style.unknown"):
        await drawn(app, ANA, "ink@2")
    assert not await app.blobs.exists(file_of(view.checkpoints[0]))
    other = await trained(app, name="oil", count=7)
    await kept(app, other, 0)
    await app.privacy.erase(ANA)
    assert not await app.blobs.exists(file_of(other.checkpoints[0]))
