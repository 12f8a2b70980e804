"""Checkpoints of a version: kept once, by the attempt that still counts."""

from __future__ import annotations

from data.models import (
    HOST,
)
from tests.data.shelf import ANNA, GUILD, Shelf, sha_of


async def test_checkpoints_are_listed_by_step_with_their_samples(shelf: Shelf) -> None:
    style = await shelf.styles.create(ANNA, "Ink", GUILD, shelf.now())
    job, version = await shelf.training(style)
    late = await shelf.checkpoint(job, version, 200, "two", "one")
    early = await shelf.checkpoint(job, version, 100)
    assert await shelf.checkpoints.of_version(version.id) == (early, late)
    assert late is not None
    assert late.sample_sha256s == (sha_of("two"), sha_of("one"))
    assert await shelf.checkpoints.get(late.id) == late


async def test_a_late_attempt_adds_no_checkpoint(shelf: Shelf) -> None:
    style = await shelf.styles.create(ANNA, "Ink", GUILD, shelf.now())
    zombie, version = await shelf.training(style)
    first = await shelf.checkpoint(zombie, version, 100)
    await shelf.lose(zombie)
    assert await shelf.checkpoint(zombie, version, 200) is None, "nobody holds the job"
    job = await shelf.claim()
    assert await shelf.checkpoint(zombie, version, 200) is None, "another attempt holds the job"
    assert await shelf.checkpoints.of_version(version.id) == (first,)
    assert await shelf.checkpoint(job, version, 200) is not None
    await shelf.end(job)
    assert await shelf.checkpoint(job, version, 300) is None, "the job has ended"


async def test_a_step_keeps_its_first_checkpoint(shelf: Shelf) -> None:
    style = await shelf.styles.create(ANNA, "Ink", GUILD, shelf.now())
    job, version = await shelf.training(style)
    first = await shelf.checkpoint(job, version, 100)
    await shelf.lose(job)
    assert await shelf.checkpoint(await shelf.claim(), version, 100) == first
    assert await shelf.checkpoints.of_version(version.id) == (first,)


async def test_an_imported_version_has_no_job_and_no_attempt(shelf: Shelf) -> None:
    style = await shelf.styles.create(HOST, "Sample", GUILD, shelf.now())
    version = await shelf.styles.add_version(
        style.id,
        base="builtin",
        base_sha256="b" * 64,
        family="builtin",
        dataset_id=None,
        job_id=None,
        recipe_json="{}",
        now=shelf.now(),
    )
    for attempt in (1, None):
        saved = await shelf.checkpoints.add(
            version.id,
            attempt,
            step=1,
            steps=1,
            loss=None,
            held_out_loss=None,
            style_sha256=sha_of("style"),
            state_sha256=None,
            sample_sha256s=(),
            now=shelf.now(),
        )
        assert (saved is None) == (attempt is not None)
    card = await shelf.styles.find("sample", HOST, GUILD)
    assert card is not None
    assert card.checkpoint is not None
