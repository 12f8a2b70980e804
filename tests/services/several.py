"""A host with three bases: the built-in one, one that speaks sentences, and a broken one."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from bot.app import App
from bot.services import turns
from bot.services.orders import DrawOrder
from data.models import OwnerId
from engine.errors import StartRefused
from engine.fake import FAKE_READY, FakeEngine, FakeScript
from tests.services.conftest import ANA, CHANNEL, GUILD, House

SDXL_SHA256 = "5" * 64
TURN_S = 100


def sdxl_place(house: House) -> Path:
    return house.settings.state_dir.parent / "sdxl-base"


def engine_of(house: House) -> FakeEngine:
    """Serve both bases, and refuse the broken one."""
    ready = dataclasses.replace(
        FAKE_READY, base="sdxl-base", base_sha256=SDXL_SHA256, family="sdxl"
    )
    broken = StartRefused("engine.base_missing", base="broken")
    others = {sdxl_place(house): ready, Path("broken"): broken}
    return FakeEngine(FakeScript(outbox=house.outbox, others=others))


@asynccontextmanager
async def several(
    house: House, engine: FakeEngine | None = None, **settings: object
) -> AsyncIterator[App]:
    """Open the app, and wait until it has seen its bases."""
    sdxl_place(house).mkdir(exist_ok=True)
    more = (("sdxl", str(sdxl_place(house))), ("broken", "broken"))
    both = dataclasses.replace(
        house.settings,
        more_bases=more,
        base_turn_s=TURN_S,
        **settings,  # type: ignore[arg-type]
    )
    house = dataclasses.replace(house, settings=both)
    async with house.open(engine or engine_of(house)) as app:
        async with asyncio.timeout(5):
            for base in app.bases:
                await base.known.wait()
        yield app


async def until(fits: Callable[[], bool]) -> None:
    """Wait for what the dispatcher does by itself."""
    async with asyncio.timeout(5):
        while not fits():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)


def order(base: str | None = None, owner: OwnerId = ANA, style: str = "none") -> DrawOrder:
    return DrawOrder(
        owner_id=owner, prompt="cat", style=style, count=1, base=base,
        guild_id=GUILD, channel_id=CHANNEL,
    )  # fmt: skip


def look_often(monkeypatch: object) -> None:
    """Look every moment whether a turn is over."""
    monkeypatch.setattr(turns, "LOOK_S", 0.01)  # type: ignore[attr-defined]
