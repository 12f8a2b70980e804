"""Consents: recorded with their words and drawings, withdrawn, never rewritten."""

from __future__ import annotations

import pytest

from data.errors import NotFound
from data.models import DatasetId
from tests.data.shelf import ANNA, BORIS, Shelf, sha_of


async def test_a_consent_says_what_was_agreed_to(shelf: Shelf) -> None:
    draft = await shelf.dataset(ANNA, "a", "b")
    hashes = [sha_of("b"), sha_of("a")]
    given = await shelf.consents.give(ANNA, "own_work", "1", draft.id, hashes, 70)
    assert (given.kind, given.text_version, given.dataset_id) == ("own_work", "1", draft.id)
    assert given.drawing_sha256s == tuple(hashes)
    assert (given.given_ms, given.withdrawn_ms) == (70, None)
    assert await shelf.consents.of_dataset(draft.id) == (given,)
    assert await shelf.consents.of_owner(ANNA) == (given,)
    assert await shelf.consents.of_owner(BORIS) == ()


async def test_a_consent_is_withdrawn_once(shelf: Shelf) -> None:
    given = await shelf.consents.give(ANNA, "own_work", "1", None, (), 70)
    assert await shelf.consents.withdraw(given.id, 90) is True
    assert await shelf.consents.withdraw(given.id, 95) is False
    (now,) = await shelf.consents.of_owner(ANNA)
    assert now.withdrawn_ms == 90


async def test_a_clock_set_back_does_not_stop_a_withdrawal(shelf: Shelf) -> None:
    given = await shelf.consents.give(ANNA, "own_work", "1", None, (), 70)
    assert await shelf.consents.withdraw(given.id, 10) is True


async def test_the_record_outlives_the_drawings(shelf: Shelf) -> None:
    draft = await shelf.dataset(ANNA, "a")
    given = await shelf.consents.give(ANNA, "own_work", "1", draft.id, [sha_of("a")], 70)
    await shelf.datasets.delete(draft.id)
    (kept,) = await shelf.consents.of_owner(ANNA)
    assert (kept.id, kept.dataset_id) == (given.id, None)
    assert kept.drawing_sha256s == (sha_of("a"),)


async def test_a_consent_for_an_unknown_dataset_is_not_found(shelf: Shelf) -> None:
    with pytest.raises(NotFound):
        await shelf.consents.give(ANNA, "own_work", "1", DatasetId("none"), (), 70)
