"""What is kept of how drawings look, and of what can be undone."""

from __future__ import annotations

import pytest

from data.db import Database
from data.errors import Conflict, NotFound
from data.looks import KeptLook
from data.models import DrawingId
from data.repos.erasure import ErasureRepo
from data.repos.looks import LookRepo
from data.repos.splits import SplitRepo
from tests.data.shelf import ANNA, Shelf, sha_of

LOOK = KeptLook(
    look_json='{"halvings": 1}', source_sha256=sha_of("whole"), paper="#fff6e5", crop=(1, 2, 30, 40)
)


async def test_a_look_comes_back_as_it_was_kept(db: Database, shelf: Shelf) -> None:
    draft = await shelf.dataset(ANNA, "a", "b")
    first, second = await shelf.datasets.drawings(draft.id)
    looks = LookRepo(db)
    plain = KeptLook(look_json="{}")
    await looks.put(first.id, LOOK)
    await looks.put(second.id, plain)
    assert await looks.of_dataset(draft.id) == {first.id: LOOK, second.id: plain}


async def test_the_picture_before_paper_and_crop_is_held_as_long_as_its_drawing(
    db: Database, shelf: Shelf
) -> None:
    draft = await shelf.dataset(ANNA, "a", "b")
    first, _ = await shelf.datasets.drawings(draft.id)
    await LookRepo(db).put(first.id, LOOK)
    erasure = ErasureRepo(db)
    assert await erasure.referenced() == {sha_of("a"), sha_of("b"), sha_of("whole")}
    await shelf.datasets.remove_drawing(first.id)
    assert await erasure.referenced() == {sha_of("b")}


async def test_another_picture_takes_a_drawings_place_but_not_anothers(
    db: Database, shelf: Shelf
) -> None:
    draft = await shelf.dataset(ANNA, "a", "b")
    first, _ = await shelf.datasets.drawings(draft.id)
    looks = LookRepo(db)
    await looks.repaint(first.id, sha_of("c"), 10, 20, LOOK)
    changed, _ = await shelf.datasets.drawings(draft.id)
    assert (changed.id, changed.sha256) == (first.id, sha_of("c"))
    assert (changed.width, changed.height) == (10, 20)
    with pytest.raises(Conflict):
        await looks.repaint(first.id, sha_of("b"), 5, 5, KeptLook(look_json="{}"))
    assert (await looks.of_dataset(draft.id))[first.id] == LOOK, "all or nothing"
    with pytest.raises(NotFound):
        await looks.repaint(DrawingId("none"), sha_of("d"), 5, 5, LOOK)


async def test_sealed_drawings_stay_and_their_next_version_has_their_looks(
    db: Database, shelf: Shelf
) -> None:
    draft = await shelf.dataset(ANNA, "a", "b")
    first, _ = await shelf.datasets.drawings(draft.id)
    looks, splits = LookRepo(db), SplitRepo(db)
    await looks.put(first.id, LOOK)
    await splits.choose(draft.id, train_on_all=True)
    await shelf.datasets.seal(draft.id, set(), shelf.now())
    with pytest.raises(Conflict):
        await looks.repaint(first.id, sha_of("c"), 10, 20, LOOK)
    with pytest.raises(Conflict):
        await splits.choose(draft.id, train_on_all=False)
    assert await splits.trains_on_all(draft.id)
    following = await shelf.datasets.open_next_version(draft.id, shelf.now())
    await looks.copy(draft.id, following.id)
    [copied] = (await looks.of_dataset(following.id)).values()
    assert copied == LOOK
    assert await splits.trains_on_all(following.id), "a choice is kept for the next version"
    await shelf.datasets.delete(draft.id)
    assert not await splits.trains_on_all(draft.id)
