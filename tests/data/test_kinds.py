"""Kinds are kept with their set, sealed with it, and live on in its next version."""

from __future__ import annotations

import pytest

from data.db import Database
from data.errors import Conflict
from data.kinds import Kind, Kinds
from data.repos.kinds import KindRepo
from tests.data.shelf import ANNA, Shelf, sha_of

TWO = (Kind(name="finished"), Kind(name="sketch", word="rough sketch"))


async def test_kinds_come_back_as_they_were_put_and_the_last_ones_count(
    db: Database, shelf: Shelf
) -> None:
    draft = await shelf.dataset(ANNA, "a", "b", "c")
    a, b, _ = await shelf.datasets.drawings(draft.id)
    repo = KindRepo(db)
    assert await repo.get(draft.id) == Kinds()
    kinds = Kinds(kinds=TWO, of={a.id: 1, b.id: 2})
    await repo.put(draft.id, kinds)
    assert await repo.get(draft.id) == kinds
    assert kinds.words() == {b.id: "rough sketch"}
    await repo.put(draft.id, Kinds())
    assert await repo.get(draft.id) == Kinds()


async def test_a_kind_goes_with_its_last_drawing(db: Database, shelf: Shelf) -> None:
    draft = await shelf.dataset(ANNA, "a", "b")
    a, b = await shelf.datasets.drawings(draft.id)
    repo = KindRepo(db)
    await repo.put(draft.id, Kinds(kinds=TWO, of={a.id: 1, b.id: 2}))
    await shelf.datasets.remove_drawing(a.id)
    assert await repo.get(draft.id) == Kinds(kinds=TWO[1:], of={b.id: 1})


async def test_sealed_kinds_stay_and_the_next_version_has_them(db: Database, shelf: Shelf) -> None:
    draft = await shelf.dataset(ANNA, "a", "b")
    a, b = await shelf.datasets.drawings(draft.id)
    repo = KindRepo(db)
    kinds = Kinds(kinds=TWO, of={a.id: 1, b.id: 2})
    await repo.put(draft.id, kinds)
    await shelf.datasets.seal(draft.id, set(), shelf.now())
    for other in (Kinds(), Kinds(kinds=TWO, of={a.id: 2, b.id: 1})):
        with pytest.raises(Conflict):
            await repo.put(draft.id, other)
    assert await repo.get(draft.id) == kinds
    following = await shelf.datasets.open_next_version(draft.id, shelf.now())
    copied = await repo.get(following.id)
    drawings = {one.sha256: one.id for one in await shelf.datasets.drawings(following.id)}
    assert copied.kinds == TWO
    assert copied.of == {drawings[sha_of("a")]: 1, drawings[sha_of("b")]: 2}
    await shelf.datasets.delete(draft.id)
    assert await repo.get(draft.id) == Kinds()
    assert await repo.get(following.id) == copied
