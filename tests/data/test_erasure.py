"""Erasure takes a person's things, all of them, and nobody else's."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.blobs import Blobs
from data.characters import Character
from data.holdings import Holdings
from data.models import (
    JobState,
    OwnerId,
    Picture,
    Question,
    StyleVersion,
    VoteSource,
)
from data.removal import Removal
from data.settings import Default, Holder, Preset
from tests.data.shelf import ANNA, BORIS, CHANNEL, CLARA, GUILD, Shelf, sha_of
from tests.data.test_captions import edit

#: Long enough not to occur by chance.
ANNAS_ID = OwnerId(731_846_925_017_364_528)


async def vote(shelf: Shelf, picture: Picture, voter: OwnerId) -> None:
    await shelf.votes.cast(picture.id, voter, Question.LIKE, VoteSource.GATEWAY, shelf.now())


async def rows_with(shelf: Shelf, owner_id: OwnerId) -> list[str]:
    """Every table that still has this number in any column."""
    read = shelf.db.read()
    found: list[str] = []
    for table in await read.fetch_all("SELECT name FROM sqlite_master WHERE type = 'table'"):
        for row in await read.fetch_all(f"SELECT * FROM {table['name']}"):  # noqa: S608 - names of our own tables
            if owner_id in tuple(row):
                found.append(table["name"])
    return found


async def everything(shelf: Shelf, owner_id: OwnerId) -> tuple[Picture, StyleVersion]:
    """Give a person something in every table."""
    draft = await shelf.dataset(owner_id, f"drawing of {owner_id}", "shared drawing")
    await shelf.consents.give(owner_id, "own_work", "1", draft.id, [sha_of("a")], shelf.now())
    await shelf.datasets.seal(draft.id, set(), shelf.now())
    style = await shelf.styles.create(owner_id, f"Ink of {owner_id}", GUILD, shelf.now())
    job, version = await shelf.training(style, draft)
    saved = await shelf.checkpoint(job, version, 500, f"sample of {owner_id}")
    assert saved is not None
    await shelf.end(job)
    await shelf.checkpoints.publish(saved.id)
    await shelf.characters.put(
        Character(owner_id=owner_id, name="mira", words="cat", guild_id=GUILD), shelf.now()
    )
    for guild_id in (None, int(owner_id)):
        preset = Preset(owner_id=owner_id, name="soft", choices_json="{}", guild_id=guild_id)
        await shelf.presets.put(preset, shelf.now())
    for holder in (
        Holder(person_id=owner_id),
        Holder(guild_id=GUILD + int(owner_id)),
        Holder(style_id=style.id),
    ):
        default = Default(holder=holder, choices_json="{}", set_by=owner_id)
        await shelf.defaults.put(default, shelf.now())
    await shelf.people.set_locale(owner_id, "ru")
    await shelf.people.set_channel_style(int(owner_id), GUILD, style.id)
    (picture,) = await shelf.drawn(owner_id, style=style, message_id=int(owner_id) + 1)
    await vote(shelf, picture, CLARA)
    return picture, version


async def test_nothing_of_the_person_is_left(shelf: Shelf) -> None:
    await everything(shelf, ANNAS_ID)
    (other,) = await shelf.drawn(BORIS)
    await vote(shelf, other, ANNAS_ID)
    await shelf.votes.withdraw(other.id, ANNAS_ID, Question.LIKE, VoteSource.GATEWAY, 1)
    had = set(await rows_with(shelf, ANNAS_ID))
    assert {"datasets", "styles", "jobs", "consents", "people", "vote_events"} <= had
    assert {"presets", "defaults"} <= had
    await shelf.erasure.erase(ANNAS_ID, shelf.now())
    left = await rows_with(shelf, ANNAS_ID)
    kept = await shelf.defaults.get(Holder(guild_id=GUILD + int(ANNAS_ID)))
    assert kept is not None, "what a server is set to belongs to the server"
    assert left == ["channels"], "only the channel that has this number as its own id"
    assert await shelf.people.channel_style(int(ANNAS_ID)) is None
    assert await shelf.erasure.holdings(ANNAS_ID) == Holdings(
        drawings=0, styles=0, characters=0, settings=0, jobs=0, pictures=0, votes=0
    )


async def test_no_byte_of_it_lingers_in_the_database_files(shelf: Shelf) -> None:
    draft = await shelf.dataset(ANNA, "a")
    (drawing,) = await shelf.datasets.drawings(draft.id)
    for words in ("a very private caption", "better"):
        await edit(shelf, drawing, words)

    def lingers() -> bool:
        folder: Path = shelf.db.path.parent
        return any(b"very private caption" in path.read_bytes() for path in folder.iterdir())

    assert lingers()
    await shelf.erasure.erase(ANNA, shelf.now())
    assert not lingers()


async def test_what_others_have_stays(shelf: Shelf) -> None:
    await everything(shelf, ANNA)
    bobs, version = await everything(shelf, BORIS)
    await vote(shelf, bobs, ANNA)
    before = await shelf.erasure.holdings(BORIS)
    style_id = version.style_id
    card = await shelf.styles.card(style_id, BORIS, GUILD)
    await shelf.erasure.erase(ANNA, shelf.now())
    assert await shelf.erasure.holdings(BORIS) == before
    assert await shelf.pictures.get(bobs.id) == bobs
    assert await shelf.styles.card(style_id, BORIS, GUILD) == card
    assert await shelf.people.locale(BORIS) == "ru"
    assert await shelf.votes.voters(bobs.id) == {CLARA}, "only the vote of the erased is gone"
    assert len(await shelf.consents.of_owner(BORIS)) == 1


async def test_pictures_that_others_drew_with_the_style_stay_without_it(shelf: Shelf) -> None:
    style, _, _ = await shelf.trained(ANNA)
    (picture,) = await shelf.drawn(BORIS, style=style)
    waiting = await shelf.queue(BORIS, style=style)
    await shelf.erasure.erase(ANNA, shelf.now())
    assert (await shelf.pictures.get(picture.id)).style_id is None
    assert (await shelf.jobs.get(waiting.id)).style_id is None
    assert (await shelf.jobs.get(picture.job_id)).state is JobState.DONE


async def test_files_that_nobody_else_references_are_named(shelf: Shelf) -> None:
    annas, version = await everything(shelf, ANNA)
    await everything(shelf, BORIS)
    gone = await shelf.erasure.erase(ANNA, shelf.now())
    assert gone == {
        sha_of(f"drawing of {ANNA}"),
        sha_of(f"sample of {ANNA}"),
        sha_of(f"style {version.id} 500"),
        annas.sha256,
    }, "without the drawing that both have"
    assert not gone & await shelf.erasure.referenced()
    assert sha_of("shared drawing") in await shelf.erasure.referenced()
    assert sha_of("shared drawing") in await shelf.erasure.erase(BORIS, shelf.now())


async def test_files_of_a_style_deleted_before_are_named_too(shelf: Shelf) -> None:
    style, _, saved = await shelf.trained(ANNA)
    assert saved.style_sha256 in await shelf.erasure.referenced()
    await shelf.styles.mark_deleted(style.id, shelf.now())
    assert await shelf.erasure.unreferenced([saved.style_sha256]) == {saved.style_sha256}
    assert saved.style_sha256 in await shelf.erasure.erase(ANNA, shelf.now())


async def test_a_deleted_style_of_another_holds_no_file_back(shelf: Shelf) -> None:
    _, _, saved = await shelf.trained(ANNA)
    theirs, version, _ = await shelf.trained(BORIS)
    async with shelf.db.write() as tx:  # the same file, imported by both
        await tx.execute(
            "UPDATE checkpoints SET style_sha256 = ? WHERE version_id = ?",
            (saved.style_sha256, version.id),
        )
    await shelf.styles.mark_deleted(theirs.id, shelf.now())
    assert saved.style_sha256 in await shelf.erasure.erase(ANNA, shelf.now())


async def test_no_file_of_the_person_remains(shelf: Shelf, blobs: Blobs) -> None:
    mine, shared = await blobs.put_bytes(b"mine"), await blobs.put_bytes(b"shared")
    draft = await shelf.datasets.open_draft(ANNA, "a", None, None, 1)
    other = await shelf.datasets.open_draft(BORIS, "b", None, None, 1)
    for dataset_id, sha256 in ((draft.id, mine), (draft.id, shared), (other.id, shared)):
        await shelf.datasets.add_drawing(dataset_id, sha256, "a.png", 1, 1, "")
    for sha256 in await shelf.erasure.erase(ANNA, shelf.now()):
        await blobs.remove(sha256)
    assert not await blobs.exists(mine)
    assert await blobs.exists(shared)


async def test_an_erased_style_file_is_recognised_when_it_comes_back(shelf: Shelf) -> None:
    _, _, saved = await shelf.trained(ANNA)
    _, _, kept = await shelf.trained(BORIS)
    assert await shelf.erasure.was_erased(saved.style_sha256) is False
    await shelf.erasure.erase(ANNA, shelf.now())
    assert await shelf.erasure.was_erased(saved.style_sha256) is True
    assert await shelf.erasure.was_erased(kept.style_sha256) is False


async def test_running_work_of_the_erased_is_fenced_off(shelf: Shelf) -> None:
    style = await shelf.styles.create(ANNA, "Ink", GUILD, shelf.now())
    job, version = await shelf.training(style)
    await shelf.erasure.erase(ANNA, shelf.now())
    assert await shelf.checkpoint(job, version, 100) is None
    assert await shelf.jobs.progress(job.id, job.attempt, 1, 2, None) is False
    assert await shelf.end(job) is False
    assert await shelf.pictures.add(job.id, job.attempt, 0, sha_of("x"), "{}", 1, None, 5) is None


async def test_a_jobs_pictures_go_with_the_votes_on_them_and_nothing_else(shelf: Shelf) -> None:
    first, second = await shelf.drawn(ANNA, pictures=2)
    (other,) = await shelf.drawn(ANNA)
    for picture in (first, second, other):
        await vote(shelf, picture, BORIS)
    gone = await shelf.erasure.erase_pictures(first.job_id)
    assert gone == {first.sha256, second.sha256}
    assert await shelf.pictures.of_job(first.job_id) == ()
    assert (await shelf.jobs.get(first.job_id)).state is JobState.DONE
    assert await shelf.pictures.of_job(other.job_id) == (other,)
    events = await shelf.db.read().fetch_all("SELECT picture_id FROM vote_events")
    assert [row["picture_id"] for row in events] == [other.id]


async def test_a_picture_that_another_job_drew_too_keeps_its_file(shelf: Shelf) -> None:
    jobs = []
    for _ in range(2):
        await shelf.queue(ANNA)
        jobs.append(await shelf.claim())
        await shelf.picture(jobs[-1], content="the same")
        await shelf.end(jobs[-1])
    assert await shelf.erasure.erase_pictures(jobs[0].id) == frozenset()
    assert await shelf.erasure.erase_pictures(jobs[1].id) == {sha_of("the same")}


async def test_the_messages_that_showed_it_are_to_be_deleted(shelf: Shelf) -> None:
    await shelf.drawn(ANNA, message_id=41)
    await shelf.drawn(ANNA, message_id=None)
    await shelf.drawn(BORIS, message_id=42)
    assert await shelf.removals.pending() == ()
    await shelf.erasure.erase(ANNA, 7)
    assert await shelf.removals.pending() == (
        Removal(channel_id=CHANNEL, message_id=41, asked_ms=7),
    )


async def test_events_are_append_only_again_after_an_erasure(shelf: Shelf) -> None:
    (picture,) = await shelf.drawn(BORIS)
    await vote(shelf, picture, CLARA)
    await shelf.erasure.erase(ANNA, shelf.now())
    with pytest.raises(Exception, match="append-only"):
        async with shelf.db.write() as tx:
            await tx.execute("DELETE FROM vote_events")


async def test_erasing_a_stranger_or_twice_is_fine(shelf: Shelf) -> None:
    await everything(shelf, ANNA)
    await shelf.erasure.erase(ANNA, shelf.now())
    assert await shelf.erasure.erase(ANNA, shelf.now()) == frozenset()


async def test_what_is_kept_about_a_person_is_counted(shelf: Shelf) -> None:
    await everything(shelf, ANNA)
    (other,) = await shelf.drawn(BORIS)
    await vote(shelf, other, ANNA)
    assert await shelf.erasure.holdings(ANNA) == Holdings(
        drawings=2, styles=1, characters=1, settings=3, jobs=2, pictures=1, votes=1
    )
