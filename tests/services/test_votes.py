"""Reactions, votes and the gallery."""

from __future__ import annotations

import pytest

from bot.app import App
from bot.services.draws import DrawOrder
from bot.services.jobs import JobView
from bot.services.votes import VOTE_EMOJI
from data.models import JobState, OwnerId, Place
from tests.services.conftest import ANA, BO, CHANNEL, CY, DEE, GUILD, House, refuses, trained

MESSAGE = 7000


async def grid(app: App, message_id: int = MESSAGE, owner: OwnerId = ANA) -> JobView:
    wanted = DrawOrder(owner_id=owner, prompt="cat", style="none", guild_id=GUILD)
    place = Place(guild_id=GUILD, channel_id=CHANNEL, message_id=message_id)
    job = await app.draws.request(await app.draws.plan(wanted), place=place)
    return await app.jobs.wait(job.id)


async def react(app: App, voter: OwnerId, number: int, *, added: bool = True) -> bool:
    return await app.votes.reaction(MESSAGE, voter_id=voter, emoji=VOTE_EMOJI[number], added=added)


async def votes_of(app: App) -> list[int]:
    pictures = await app.store.pictures.recent(GUILD, {CHANNEL}, 0, 10)
    return [picture.votes for picture in sorted(pictures, key=lambda one: one.picture.ordinal)]


async def test_vote_twice_counts_once_and_goes_with_its_reaction(app: App) -> None:
    await grid(app)
    assert await react(app, BO, 1)
    assert not await react(app, BO, 1)
    assert await votes_of(app) == [0, 1, 0, 0]
    assert await react(app, BO, 1, added=False)
    assert await votes_of(app) == [0, 0, 0, 0]


async def test_own_vote_and_bots_weigh_nothing(app: App) -> None:
    await grid(app)
    assert await react(app, ANA, 0)
    assert not await app.votes.reaction(
        MESSAGE, voter_id=BO, emoji=VOTE_EMOJI[0], added=True, is_bot=True
    )
    assert await votes_of(app) == [0, 0, 0, 0]


@pytest.mark.parametrize("emoji", ["👍", "5️⃣", "1", ""])
async def test_other_emoji_are_no_votes(app: App, emoji: str) -> None:
    await grid(app)
    assert not await app.votes.reaction(MESSAGE, voter_id=BO, emoji=emoji, added=True)


async def test_emoji_without_variation_selector_is_the_same_vote(app: App) -> None:
    await grid(app)
    assert await app.votes.reaction(MESSAGE, voter_id=BO, emoji="2⃣", added=True)
    assert await votes_of(app) == [0, 1, 0, 0]


async def test_unknown_message_is_ignored(app: App) -> None:
    assert not await react(app, BO, 0)


async def test_reread_casts_and_withdraws_what_was_missed(app: App) -> None:
    await grid(app)
    await react(app, BO, 0)
    changes = await app.votes.reread(
        MESSAGE, {VOTE_EMOJI[0]: {CY}, VOTE_EMOJI[2]: {CY, DEE}, "👍": {BO}}
    )
    assert changes == 4
    assert await votes_of(app) == [1, 0, 2, 0]
    assert await app.votes.reread(MESSAGE, {VOTE_EMOJI[0]: {CY}, VOTE_EMOJI[2]: {CY, DEE}}) == 0


async def test_messages_to_reread_are_those_of_the_last_days(app: App, house: House) -> None:
    view = await grid(app)
    (message,) = await app.votes.messages_to_reread()
    assert (message.channel_id, message.message_id) == (CHANNEL, MESSAGE)
    assert message.job_id == view.job.id
    house.clock.advance(31 * 86_400_000)
    assert await app.votes.messages_to_reread() == ()


async def test_gallery_ranks_from_three_voters_on(app: App) -> None:
    await grid(app)
    await react(app, BO, 2)
    await react(app, CY, 2)
    gallery = await app.gallery.show(GUILD, {CHANNEL})
    assert (gallery.ranked, gallery.missing_voters, len(gallery.entries)) == (False, 1, 4)
    await react(app, DEE, 0)
    gallery = await app.gallery.show(GUILD, {CHANNEL})
    assert (gallery.ranked, gallery.missing_voters) == (True, 0)
    assert [(entry.picture.ordinal, entry.votes) for entry in gallery.entries] == [(2, 2), (0, 1)]


async def test_private_pictures_of_others_are_in_no_gallery(app: App) -> None:
    job = await app.draws.request(
        await app.draws.plan(DrawOrder(owner_id=ANA, prompt="cat", style="none"))
    )
    await app.jobs.wait(job.id)
    assert (await app.gallery.show(None, {CHANNEL})).entries == ()


async def test_deleted_pictures_leave_the_gallery_with_their_votes_and_files(app: App) -> None:
    view = await grid(app)
    await react(app, BO, 0)
    with refuses("draw.not_yours"):
        await app.draws.delete(view.job.id, BO)
    gone = await app.draws.delete(view.job.id, BO, is_moderator=True)
    assert gone.job.place.message_id == MESSAGE
    assert (await app.gallery.show(GUILD, {CHANNEL})).entries == ()
    assert not any(app.blobs.path(picture.sha256).exists() for picture in view.pictures)
    assert not await react(app, CY, 0)
    assert (await app.jobs.view(view.job.id)).pictures == ()


async def test_deleting_a_draw_that_runs_stops_it(app: App) -> None:
    wanted = DrawOrder(owner_id=ANA, prompt="!forever", style="none", guild_id=GUILD)
    job = await app.draws.request(await app.draws.plan(wanted))
    await app.draws.delete(job.id, ANA)
    assert (await app.jobs.view(job.id)).job.state is JobState.CANCELLED


async def test_gallery_of_another_server_shows_nothing(app: App) -> None:
    await grid(app)
    assert (await app.gallery.show(GUILD + 1, {CHANNEL})).entries == ()


async def test_a_vote_that_comes_while_reactions_are_read_again_stands(app: App) -> None:
    await grid(app)
    await react(app, CY, 0)
    standing = await app.votes.standing(MESSAGE)
    read_from_discord: dict[str, set[OwnerId]] = {}
    await react(app, BO, 1)
    assert await app.votes.reread(MESSAGE, read_from_discord, standing) == 1
    assert await votes_of(app) == [0, 1, 0, 0], "only what stood before the reading began goes"


async def shown_training(app: App) -> tuple[JobView, list[int]]:
    """Train a style whose message is MESSAGE; give it with the votes for its checkpoints."""
    view = await trained(app, changes="checkpoints=5")
    place = Place(guild_id=GUILD, channel_id=CHANNEL, message_id=MESSAGE)
    await app.jobs.set_place(view.job.id, place)
    return view, await checkpoint_votes(app, view)


async def checkpoint_votes(app: App, view: JobView) -> list[int]:
    assert view.version is not None
    counts = await app.votes.for_checkpoints(view.version.id)
    return [counts.get(saved.id, 0) for saved in view.checkpoints]


async def test_numbers_under_a_training_are_votes_for_its_checkpoints(app: App) -> None:
    view, votes = await shown_training(app)
    assert votes == [0] * 5
    assert [await react(app, voter, 4) for voter in (BO, CY, ANA)] == [True] * 3
    assert await react(app, BO, 0)
    assert not await react(app, BO, 5), "there are five checkpoints only"
    assert await checkpoint_votes(app, view) == [1, 0, 0, 0, 2]
    assert await react(app, BO, 4, added=False)
    assert await checkpoint_votes(app, view) == [1, 0, 0, 0, 1]


async def test_votes_for_checkpoints_are_read_again(app: App) -> None:
    view, _ = await shown_training(app)
    await react(app, BO, 0)
    messages = await app.votes.messages_to_reread()
    assert (CHANNEL, MESSAGE, view.job.id) in messages
    assert await app.votes.reread(MESSAGE, {VOTE_EMOJI[2]: {CY, ANA}}) == 3
    assert await checkpoint_votes(app, view) == [0, 0, 1, 0, 0]
    assert await app.votes.reread(MESSAGE, {}) == 2
    assert await checkpoint_votes(app, view) == [0] * 5
