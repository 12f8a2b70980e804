"""Datasets: open while drawings come in, unchangeable once sealed."""

from __future__ import annotations

import pytest

from data.errors import Conflict, NotFound
from data.models import DatasetId, DrawingId, Split
from tests.data.shelf import ANNA, BORIS, GUILD, Shelf, sha_of
from tests.data.test_captions import edit


async def test_drawings_keep_the_artists_order(shelf: Shelf) -> None:
    draft = await shelf.dataset(ANNA, "c", "a", "b")
    drawings = await shelf.datasets.drawings(draft.id)
    assert [one.sha256 for one in drawings] == [sha_of("c"), sha_of("a"), sha_of("b")]
    assert [one.ordinal for one in drawings] == [1, 2, 3]
    assert {one.split for one in drawings} == {Split.TRAIN}


async def test_the_same_picture_twice_is_a_conflict_and_the_rest_stays(shelf: Shelf) -> None:
    draft = await shelf.dataset(ANNA, "a")
    with pytest.raises(Conflict):
        await shelf.datasets.add_drawing(draft.id, sha_of("a"), "copy.png", 64, 64, "")
    assert len(await shelf.datasets.drawings(draft.id)) == 1
    other = await shelf.dataset(BORIS, "a")
    assert len(await shelf.datasets.drawings(other.id)) == 1


async def test_a_drawing_for_an_unknown_dataset_is_not_found(shelf: Shelf) -> None:
    with pytest.raises(NotFound):
        await shelf.datasets.add_drawing(DatasetId("none"), sha_of("a"), "a.png", 64, 64, "")


async def test_drafts_are_the_unsealed_ones_the_newest_first(shelf: Shelf) -> None:
    assert await shelf.datasets.drafts_of(ANNA) == ()
    older = await shelf.dataset(ANNA, "a")
    newer = await shelf.dataset(ANNA, "b")
    await shelf.dataset(BORIS, "c")
    assert await shelf.datasets.drafts_of(ANNA) == (newer, older)
    await shelf.datasets.seal(newer.id, set(), shelf.now())
    assert await shelf.datasets.drafts_of(ANNA) == (older,)


async def test_a_removed_drawing_leaves_the_others(shelf: Shelf) -> None:
    draft = await shelf.dataset(ANNA, "a", "b")
    first, second = await shelf.datasets.drawings(draft.id)
    await shelf.datasets.remove_drawing(first.id)
    assert await shelf.datasets.drawings(draft.id) == (second,)
    with pytest.raises(NotFound):
        await shelf.datasets.remove_drawing(first.id)


async def test_sealing_holds_drawings_out(shelf: Shelf) -> None:
    draft = await shelf.dataset(ANNA, "a", "b", "c")
    chosen = (await shelf.datasets.drawings(draft.id))[1]
    sealed = await shelf.datasets.seal(draft.id, {chosen.id}, 4_321)
    assert sealed.sealed_ms == 4_321
    splits = [one.split for one in await shelf.datasets.drawings(draft.id)]
    assert splits == [Split.TRAIN, Split.HELD_OUT, Split.TRAIN]


async def test_a_sealed_dataset_never_changes(shelf: Shelf) -> None:
    draft = await shelf.dataset(ANNA, "a", "b")
    await shelf.datasets.seal(draft.id, set(), shelf.now())
    before = await shelf.datasets.drawings(draft.id)
    with pytest.raises(Conflict):
        await shelf.datasets.add_drawing(draft.id, sha_of("c"), "c.png", 64, 64, "")
    with pytest.raises(Conflict):
        await edit(shelf, before[0], "other")
    with pytest.raises(Conflict):
        await shelf.datasets.remove_drawing(before[0].id)
    with pytest.raises(Conflict):
        await shelf.datasets.seal(draft.id, {before[0].id}, shelf.now())
    assert await shelf.datasets.drawings(draft.id) == before


async def test_sealing_needs_something_to_train_on_and_changes_nothing_else(shelf: Shelf) -> None:
    draft = await shelf.dataset(ANNA, "a")
    (drawing,) = await shelf.datasets.drawings(draft.id)
    with pytest.raises(Conflict):
        await shelf.datasets.seal(draft.id, {drawing.id}, shelf.now())
    assert await shelf.datasets.get(draft.id) == draft
    assert await shelf.datasets.drawings(draft.id) == (drawing,)


async def test_sealing_an_empty_dataset_is_a_conflict(shelf: Shelf) -> None:
    draft = await shelf.dataset(ANNA)
    with pytest.raises(Conflict):
        await shelf.datasets.seal(draft.id, set(), shelf.now())


async def test_only_own_drawings_can_be_held_out(shelf: Shelf) -> None:
    draft = await shelf.dataset(ANNA, "a", "b")
    other = await shelf.dataset(BORIS, "c")
    foreign = (await shelf.datasets.drawings(other.id))[0].id
    for drawing_id in (foreign, DrawingId("none")):
        with pytest.raises(NotFound):
            await shelf.datasets.seal(draft.id, {drawing_id}, shelf.now())
    assert (await shelf.datasets.get(draft.id)).sealed_ms is None


async def test_the_next_version_starts_with_the_same_drawings(shelf: Shelf) -> None:
    first = await shelf.dataset(ANNA, "a", "b")
    drawings = await shelf.datasets.drawings(first.id)
    await shelf.datasets.seal(first.id, {drawings[0].id}, shelf.now())
    second = await shelf.datasets.open_next_version(first.id, shelf.now())
    third = await shelf.datasets.open_next_version(first.id, shelf.now())
    assert [one.version for one in (first, second, third)] == [1, 2, 3]
    assert {one.lineage for one in (first, second, third)} == {first.id}
    assert (second.owner_id, second.guild_id, second.sealed_ms) == (ANNA, GUILD, None)
    copies = await shelf.datasets.drawings(second.id)
    assert [one.sha256 for one in copies] == [one.sha256 for one in drawings]
    await edit(shelf, copies[0], "better")
    assert await shelf.datasets.drawings(first.id) != copies


async def test_a_dataset_can_be_deleted_whole_even_when_sealed(shelf: Shelf) -> None:
    draft = await shelf.dataset(ANNA, "a", "b")
    await shelf.datasets.seal(draft.id, set(), shelf.now())
    await shelf.datasets.delete(draft.id)
    assert await shelf.datasets.drawings(draft.id) == ()
    with pytest.raises(NotFound):
        await shelf.datasets.get(draft.id)
    with pytest.raises(NotFound):
        await shelf.datasets.delete(draft.id)


async def test_a_dataset_stays_while_it_is_trained_on_and_the_style_stays_after(
    shelf: Shelf,
) -> None:
    draft = await shelf.dataset(ANNA, "a")
    await shelf.datasets.seal(draft.id, set(), shelf.now())
    style = await shelf.styles.create(ANNA, "Ink", GUILD, shelf.now())
    job, version = await shelf.training(style, draft)
    with pytest.raises(Conflict):
        await shelf.datasets.delete(draft.id)
    await shelf.end(job)
    await shelf.datasets.delete(draft.id)
    assert (await shelf.styles.version(version.id)).dataset_id is None


async def test_a_persons_datasets_are_listed_newest_first(shelf: Shelf) -> None:
    first, second = await shelf.dataset(ANNA, "a"), await shelf.dataset(ANNA)
    await shelf.dataset(BORIS)
    await shelf.datasets.rename(second.id, "brush")
    found = await shelf.datasets.of_owner(ANNA)
    assert [(one.id, one.name) for one in found] == [(second.id, "brush"), (first.id, "ink")]
