"""Files come in one after the other, and none that is too large."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import discord
import pytest

from tests.cogs.world import World, pngs, said_to


@dataclass
class Line:
    """Stands between Discord and us: counts what is fetched, and cuts off the files in `lost`."""

    world: World
    lost: frozenset[str] = frozenset()
    fetched: list[str] = field(default_factory=list[str])
    kept_before: list[int] = field(default_factory=list[int])
    at_once: int = 0
    most_at_once: int = 0

    def listen(self, monkeypatch: pytest.MonkeyPatch) -> None:
        original = discord.Attachment.read

        async def read(attachment: discord.Attachment, **options: Any) -> bytes:
            self.fetched.append(attachment.filename)
            self.kept_before.append(await kept(self.world))
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
            await asyncio.sleep(0)
            self.at_once -= 1
            if attachment.filename in self.lost:
                raise TimeoutError
            return await original(attachment, **options)

        monkeypatch.setattr(discord.Attachment, "read", read)


async def kept(world: World) -> int:
    rows = await world.app.db.read().fetch_all("SELECT count(*) AS kept FROM drawings")
    return rows[0]["kept"]


async def test_a_file_is_kept_before_the_next_one_is_fetched(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = Line(world)
    line.listen(monkeypatch)
    result = await world.hand_over("ana", pngs(5))
    assert "5 drawings are here." in said_to(result)
    assert line.kept_before == [0, 1, 2, 3, 4]
    assert line.most_at_once == 1


async def test_a_file_that_does_not_arrive_costs_only_itself(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = Line(world, lost=frozenset({"d01.png", "d00.txt"}))
    line.listen(monkeypatch)
    said = said_to(await world.hand_over("ana", [("d00.txt", b"house"), *pngs(3)]))
    assert "2 drawings are here." in said
    assert "`d00.txt`, `d01.png`: this file did not arrive." in said


async def test_a_file_that_says_it_is_too_large_is_not_fetched(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = Line(world)
    line.listen(monkeypatch)
    large = ("large.png", bytes(25_100_000)), ("large.txt", bytes(25_100_000))
    said = said_to(await world.hand_over("ana", [*pngs(1), *large]))
    assert line.fetched == ["d00.png"]
    assert "`large.txt`, `large.png`: this file is 25.1 MB; 25 MB is the most I take." in said
