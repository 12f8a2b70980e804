"""What a training shows on its way: kept once, by the attempt that runs, gone with its style."""

from __future__ import annotations

from data.losses import LossPoint
from tests.data.shelf import ANNA, GUILD, Shelf, sha_of

BARE = [sha_of("bare 1"), sha_of("bare 2")]


async def test_samples_without_the_style_are_kept_once(shelf: Shelf) -> None:
    style = await shelf.styles.create(ANNA, "Ink", GUILD, shelf.now())
    job, version = await shelf.training(style)
    assert await shelf.rehearsals.keep_bare(job.id, job.attempt, BARE)
    assert not await shelf.rehearsals.keep_bare(job.id, job.attempt, [sha_of("others")])
    assert (await shelf.styles.version(version.id)).bare_sha256s == tuple(BARE)
    assert await shelf.erasure.unreferenced(BARE) == frozenset()


async def test_an_attempt_that_is_fenced_off_keeps_nothing(shelf: Shelf) -> None:
    style = await shelf.styles.create(ANNA, "Ink", GUILD, shelf.now())
    job, version = await shelf.training(style)
    await shelf.jobs.requeue_running(shelf.now())
    again = await shelf.claim()
    assert not await shelf.rehearsals.keep_bare(job.id, job.attempt, BARE)
    assert not await shelf.rehearsals.note_loss(job.id, job.attempt, LossPoint(10, 0.5))
    assert await shelf.rehearsals.note_loss(job.id, again.attempt, LossPoint(20, 0.25))
    assert (await shelf.styles.version(version.id)).bare_sha256s == ()
    assert await shelf.rehearsals.losses(job.id) == (LossPoint(20, 0.25),)


async def test_a_later_attempt_replaces_the_losses_that_it_makes_again(shelf: Shelf) -> None:
    style = await shelf.styles.create(ANNA, "Ink", GUILD, shelf.now())
    job, _ = await shelf.training(style)
    for step, loss in ((10, 0.5), (20, 0.25), (10, 0.375)):
        await shelf.rehearsals.note_loss(job.id, job.attempt, LossPoint(step, loss))
    assert await shelf.rehearsals.losses(job.id) == (LossPoint(10, 0.375), LossPoint(20, 0.25))


async def test_they_go_with_their_artist(shelf: Shelf) -> None:
    style = await shelf.styles.create(ANNA, "Ink", GUILD, shelf.now())
    job, _ = await shelf.training(style)
    await shelf.rehearsals.keep_bare(job.id, job.attempt, BARE)
    await shelf.rehearsals.note_loss(job.id, job.attempt, LossPoint(10, 0.5))
    assert set(BARE) <= await shelf.erasure.erase(ANNA, shelf.now())
    assert await shelf.db.read().fetch_all("SELECT * FROM training_losses") == []
