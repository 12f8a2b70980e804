"""Messages that are to be deleted: asked for once, forgotten when done."""

from __future__ import annotations

from data.models import Place
from data.removal import Removal
from tests.data.shelf import Shelf


async def test_a_message_is_asked_for_once_and_forgotten_when_done(shelf: Shelf) -> None:
    await shelf.removals.add(Place(channel_id=5, message_id=42), 20)
    await shelf.removals.add(Place(channel_id=5, message_id=41), 10)
    await shelf.removals.add(Place(channel_id=5, message_id=41), 30)
    first, second = await shelf.removals.pending()
    assert first == Removal(channel_id=5, message_id=41, asked_ms=10)
    assert second.message_id == 42
    await shelf.removals.done(41)
    assert await shelf.removals.pending() == (second,)


async def test_what_is_nowhere_needs_no_deleting(shelf: Shelf) -> None:
    await shelf.removals.add(Place(), 10)
    await shelf.removals.add(Place(channel_id=5), 10)
    assert await shelf.removals.pending() == ()
