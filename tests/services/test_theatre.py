"""What a training has to show, found again from the store alone."""

from __future__ import annotations

import dataclasses

import pytest

from bot.app import App
from bot.services.jobs import JobView
from bot.services.tasks import TrainTask
from bot.services.theatre import NUMBERED_MOST, drawn_with, numbered
from data.models import Checkpoint, CheckpointId, VersionId
from tests.services.conftest import ANA, House, trained


def checkpoint(step: int, *, samples: int = 1) -> Checkpoint:
    return Checkpoint(
        id=CheckpointId(f"c{step}"),
        version_id=VersionId("v"),
        step=step,
        steps=500,
        loss=0.1,
        held_out_loss=None,
        style_sha256="a" * 64,
        state_sha256=None,
        sample_sha256s=("b" * 64,) * samples,
        created_ms=0,
    )


@pytest.mark.parametrize(
    ("count", "steps"),
    [
        (1, [1]),
        (5, [1, 2, 3, 4, 5]),
        (10, list(range(1, 11))),
        (20, list(range(2, 21, 2))),
        (13, [1, 2, 3, 5, 6, 7, 9, 10, 11, 13]),
    ],
    ids=str,
)
def test_at_most_ten_checkpoints_are_numbered_and_always_the_last(
    count: int, steps: list[int]
) -> None:
    chosen = numbered([checkpoint(step) for step in range(1, count + 1)])
    assert len(chosen) == min(count, NUMBERED_MOST)
    assert [one.step for one in chosen] == steps


def test_a_checkpoint_without_samples_gets_no_number() -> None:
    assert numbered([checkpoint(1, samples=0), checkpoint(2)]) == (checkpoint(2),)
    assert numbered([]) == ()


async def test_the_reveal_pairs_drawings_with_their_own_words(app: App) -> None:
    view = await trained(app)
    task, version = view.task, view.version
    assert isinstance(task, TrainTask)
    assert version is not None
    assert version.dataset_id is not None
    columns = await app.theatre.reveal(view)
    assert [column.prompt for column in columns] == [one.prompt for one in task.samples]
    assert tuple(column.bare_sha256 for column in columns) == version.bare_sha256s
    assert tuple(column.styled_sha256 for column in columns) == view.checkpoints[-1].sample_sha256s
    words = {
        one.sha256: one.caption for one in await app.store.datasets.drawings(version.dataset_id)
    }
    assert [words[str(column.own_sha256)] for column in columns] == [c.prompt for c in columns]


async def test_the_reveal_follows_the_chosen_checkpoint(app: App) -> None:
    view = await trained(app)
    first = view.checkpoints[0]
    assert drawn_with(view) == view.checkpoints[-1]
    await app.sharing.choose_checkpoint(first.id, ANA)
    chosen = await app.jobs.view(view.job.id)
    assert drawn_with(chosen) == first
    columns = await app.theatre.reveal(chosen)
    assert tuple(column.styled_sha256 for column in columns) == first.sample_sha256s


async def test_the_reveal_is_made_again_after_a_restart(house: House) -> None:
    async with house.open() as app:
        view = await trained(app)
        before = await app.theatre.reveal(view)
    async with house.open() as app:
        again = await app.jobs.view(view.job.id)
        assert await app.theatre.reveal(again) == before
        assert again.losses == view.losses
        for column in before:
            for sha256 in (column.own_sha256, column.bare_sha256, column.styled_sha256):
                assert await app.blobs.exists(str(sha256))


async def test_without_the_drawings_the_reveal_has_the_rest(app: App) -> None:
    view = await trained(app)
    assert view.version is not None
    bereft = dataclasses.replace(view.version, dataset_id=None)
    columns = await app.theatre.reveal(dataclasses.replace(view, version=bereft))
    assert all(column.own_sha256 is None for column in columns)
    assert all(column.bare_sha256 and column.styled_sha256 for column in columns)


async def agreed_before(app: App, view: JobView, words: str) -> None:
    """Let a training be from before the sentences of now."""
    assert view.version is not None
    async with app.db.write() as tx:
        await tx.execute(
            "UPDATE consents SET text_version = ? WHERE dataset_id = ?",
            (words, view.version.dataset_id),
        )


async def test_drawings_are_shown_in_the_open_only_where_that_was_agreed_to(app: App) -> None:
    view = await trained(app, quiet=False)
    assert all(column.own_sha256 for column in await app.theatre.reveal(view))
    await agreed_before(app, view, "1-open")
    columns = await app.theatre.reveal(view)
    assert not any(column.own_sha256 for column in columns)
    assert all(column.bare_sha256 and column.styled_sha256 for column in columns)


async def test_the_artist_alone_sees_their_drawings_whatever_was_said(app: App) -> None:
    view = await trained(app, quiet=True)
    await agreed_before(app, view, "1-quiet")
    assert all(column.own_sha256 for column in await app.theatre.reveal(view))


async def test_without_any_consent_no_drawing_is_shown_in_the_open(app: App) -> None:
    view = await trained(app, quiet=False)
    async with app.db.write() as tx:
        await tx.execute("DELETE FROM consents")
    assert not any(column.own_sha256 for column in await app.theatre.reveal(view))
