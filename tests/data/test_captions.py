"""Captions: given once by a machine, changed by people, and every change can be taken back."""

from __future__ import annotations

import pytest

from data.captions import CaptionChange, CaptionSettings, CaptionSource
from data.errors import Conflict, NotFound
from data.models import (
    DatasetId,
    Drawing,
    DrawingId,
)
from tests.data.shelf import ANNA, BORIS, Shelf, sha_of


async def edit(shelf: Shelf, drawing: Drawing, words: str) -> int:
    return await shelf.captions.change(
        drawing.dataset_id,
        CaptionChange.EDIT,
        {drawing.id: (words, CaptionSource.ARTIST)},
        shelf.now(),
    )


async def words_of(shelf: Shelf, dataset_id: DatasetId) -> list[str]:
    return [one.caption for one in await shelf.datasets.drawings(dataset_id)]


async def bare(shelf: Shelf, *contents: str) -> tuple[Drawing, ...]:
    """A draft of drawings without words."""
    draft = await shelf.dataset(ANNA)
    for content in contents:
        await shelf.datasets.add_drawing(draft.id, sha_of(content), "a.png", 64, 64, "")
    return await shelf.datasets.drawings(draft.id)


async def test_words_say_whose_they_are(shelf: Shelf) -> None:
    draft = await shelf.dataset(ANNA, "a")
    await shelf.datasets.add_drawing(
        draft.id, sha_of("b"), "b.png", 64, 64, "dog", CaptionSource.SIDECAR
    )
    await shelf.datasets.add_drawing(draft.id, sha_of("c"), "c.png", 64, 64, "")
    sources = [one.source for one in await shelf.datasets.drawings(draft.id)]
    assert sources == [CaptionSource.ARTIST, CaptionSource.SIDECAR, None]
    assert [d.sha256 for d in await shelf.captions.without_words(draft.id)] == [sha_of("c")]
    assert await shelf.captions.datasets_without_words() == (draft.id,)


async def test_a_machine_never_overwrites_a_person(shelf: Shelf) -> None:
    first, second = await bare(shelf, "a", "b")
    await edit(shelf, first, "my words")
    assert not await shelf.captions.give_words(first.id, "1girl", CaptionSource.TAGGER)
    assert await shelf.captions.give_words(second.id, "1girl", CaptionSource.TAGGER)
    assert not await shelf.captions.give_words(second.id, "1boy", CaptionSource.TAGGER)
    assert await words_of(shelf, first.dataset_id) == ["my words", "1girl"]
    assert await shelf.captions.datasets_without_words() == ()


async def test_no_words_can_be_a_persons_choice(shelf: Shelf) -> None:
    (drawing,) = await bare(shelf, "a")
    assert await edit(shelf, drawing, "") == 1
    assert not await shelf.captions.give_words(drawing.id, "1girl", CaptionSource.TAGGER)


async def test_words_for_what_is_gone_or_sealed_go_nowhere(shelf: Shelf) -> None:
    first, second = await bare(shelf, "a", "b")
    await shelf.datasets.remove_drawing(first.id)
    assert not await shelf.captions.give_words(first.id, "1girl", CaptionSource.TAGGER)
    await shelf.datasets.seal(second.dataset_id, set(), shelf.now())
    assert not await shelf.captions.give_words(second.id, "1girl", CaptionSource.TAGGER)
    assert await shelf.captions.datasets_without_words() == ()
    assert await shelf.captions.without_words(second.dataset_id) == ()


async def test_changes_are_taken_back_the_last_first(shelf: Shelf) -> None:
    first, second = await bare(shelf, "a", "b")
    dataset_id = first.dataset_id
    await shelf.captions.give_words(first.id, "1girl", CaptionSource.TAGGER)
    await edit(shelf, first, "1girl, cat")
    both = {one.id: ("cat", CaptionSource.ARTIST) for one in (first, second)}
    assert await shelf.captions.change(dataset_id, CaptionChange.ADD, both, shelf.now()) == 2
    assert await words_of(shelf, dataset_id) == ["cat", "cat"]

    assert await shelf.captions.undo(dataset_id, shelf.now()) == (CaptionChange.ADD, 2)
    assert await words_of(shelf, dataset_id) == ["1girl, cat", ""]
    assert [d.id for d in await shelf.captions.without_words(dataset_id)] == [second.id]
    await edit(shelf, second, "dog")
    assert await shelf.captions.undo(dataset_id, shelf.now()) == (CaptionChange.EDIT, 1)
    assert await shelf.captions.can_undo(dataset_id)
    assert await shelf.captions.undo(dataset_id, shelf.now()) == (CaptionChange.EDIT, 1)
    kept = (await shelf.datasets.drawings(dataset_id))[0]
    assert (kept.caption, kept.source) == ("1girl", CaptionSource.TAGGER)
    assert not await shelf.captions.can_undo(dataset_id)
    assert await shelf.captions.undo(dataset_id, shelf.now()) is None


async def test_what_changes_nothing_is_no_operation(shelf: Shelf) -> None:
    draft = await shelf.dataset(ANNA, "a")
    (drawing,) = await shelf.datasets.drawings(draft.id)
    assert await edit(shelf, drawing, drawing.caption) == 0
    assert not await shelf.captions.can_undo(draft.id)


async def test_a_change_is_whole_or_not_at_all(shelf: Shelf) -> None:
    draft, other = await shelf.dataset(ANNA, "a"), await shelf.dataset(BORIS, "b")
    (mine,) = await shelf.datasets.drawings(draft.id)
    (theirs,) = await shelf.datasets.drawings(other.id)
    for stranger in (theirs.id, DrawingId("none")):
        words = {mine.id: ("x", CaptionSource.ARTIST), stranger: ("x", CaptionSource.ARTIST)}
        with pytest.raises(NotFound):
            await shelf.captions.change(draft.id, CaptionChange.ADD, words, shelf.now())
    assert await words_of(shelf, draft.id) == ["cat"]
    assert not await shelf.captions.can_undo(draft.id)


async def test_a_removed_drawing_leaves_the_other_changes_undoable(shelf: Shelf) -> None:
    first, second = await bare(shelf, "a", "b")
    both = {one.id: ("cat", CaptionSource.ARTIST) for one in (first, second)}
    await shelf.captions.change(first.dataset_id, CaptionChange.ADD, both, shelf.now())
    await shelf.datasets.remove_drawing(first.id)
    assert await shelf.captions.undo(first.dataset_id, shelf.now()) == (CaptionChange.ADD, 1)
    assert await words_of(shelf, first.dataset_id) == [""]


async def test_settings_hold_until_the_seal_and_for_the_next_version(shelf: Shelf) -> None:
    draft = await shelf.dataset(ANNA, "a")
    assert await shelf.captions.settings(draft.id) == CaptionSettings()
    chosen = CaptionSettings(trigger="annaink", keeps_scores=True)
    await shelf.captions.put_settings(draft.id, CaptionSettings(trigger="ink"))
    await shelf.captions.put_settings(draft.id, chosen)
    await shelf.datasets.seal(draft.id, set(), shelf.now())
    with pytest.raises(Conflict):
        await shelf.captions.put_settings(draft.id, CaptionSettings())
    following = await shelf.datasets.open_next_version(draft.id, shelf.now())
    assert await shelf.captions.settings(following.id) == chosen
    copies = await shelf.datasets.drawings(following.id)
    assert [one.source for one in copies] == [CaptionSource.ARTIST]
    assert await shelf.captions.drawing(copies[0].id) == copies[0]
