"""What the bot remembers about itself."""

from __future__ import annotations

from tests.data.shelf import Shelf


async def test_keys_are_found_by_how_they_begin(shelf: Shelf) -> None:
    for key in ("commands:7:2", "commands:7:1", "commands:77:1", "commands_7:1", "other"):
        await shelf.meta.put(key, "x")
    assert await shelf.meta.keys("commands:7:") == ("commands:7:1", "commands:7:2")
    await shelf.meta.remove("commands:7:1")
    assert await shelf.meta.keys("commands:7:") == ("commands:7:2",)
