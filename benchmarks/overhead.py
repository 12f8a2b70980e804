"""What everything but the model adds to a picture: queue, pipe, store, and the announcement.

The engine is the real process with scripted pictures that take no time. The state lies in memory
where that is possible, so that the disk's own time does not count; what would be written to it is
counted instead.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from unittest import mock

from benchmarks.table import Measured
from bot.app import App, open_app
from bot.config import Settings
from bot.engine_setup import engine_settings
from bot.services.draws import DrawOrder
from bot.services.jobs import JobView
from data.db import Database
from data.models import OwnerId, Place
from engine.client import EngineSettings
from engine.supervisor import ProcessEngine

PICTURES: Final = 120
WARM_UP: Final = 10
_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - a fresh folder is made in it
_OWNER, _PLACE = OwnerId(1), Place(guild_id=1, channel_id=2, message_id=3)


class Nowhere:
    """A surface that shows nothing, at once, and says when the end would be seen."""

    def __init__(self) -> None:
        self.ended = asyncio.Event()

    async def show(self, view: JobView) -> Place | None:
        """Pretend that the message is there."""
        if view.job.state.is_terminal:
            self.ended.set()
        return None

    async def seed_reactions(self, view: JobView) -> None:
        """Do nothing."""

    async def delete(self, channel_id: int, message_id: int) -> None:
        """Do nothing."""


def measure() -> list[Measured]:
    """Draw one picture after the other."""
    place = _MEMORY if _MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(dir=place) as folder:
        took, counted = asyncio.run(_drawn(Path(folder)))
    took.sort()
    return [
        Measured(
            name="our own time per picture without the disk's, 95th percentile",
            value=1000 * took[round(0.95 * (len(took) - 1))],
            unit="ms",
            goal=10,
        ),
        Measured(name="the same, median", value=1000 * statistics.median(took), unit="ms"),
        Measured(name="commits per picture", value=counted["commit"] / PICTURES, goal=4),
        Measured(name="blob flushes per picture", value=counted["fsync"] / PICTURES, goal=2),
    ]


async def _drawn(state: Path) -> tuple[list[float], Counter[str]]:
    settings = Settings(state_dir=state)
    values = json.loads(engine_settings(settings).to_json()) | {"scripted": True}
    engine = ProcessEngine(EngineSettings.from_json(json.dumps(values)))
    took: list[float] = []
    async with open_app(settings, engine=engine) as app:
        await app.start()
        await app.wait_ready()
        surface = Nowhere()
        app.attach(surface)
        for number in range(WARM_UP):
            await _one(app, surface, number)
        with _counting() as counted:
            for number in range(PICTURES):
                took.append(await _one(app, surface, WARM_UP + number))
    return took, counted


async def _one(app: App, surface: Nowhere, number: int) -> float:
    """Ask for a picture; return the time to its being shown, when that is written down as well."""
    surface.ended.clear()
    order = DrawOrder(owner_id=_OWNER, prompt="cat", style="none", seed=number, count=1)
    began = time.perf_counter()
    job = await app.draws.request(await app.draws.plan(order), place=_PLACE)
    await surface.ended.wait()
    took = time.perf_counter() - began
    while (await app.store.jobs.get(job.id)).announced_ms is None:  # noqa: ASYNC110 - after the clock
        await asyncio.sleep(0.002)
    return took


@contextmanager
def _counting() -> Generator[Counter[str]]:
    """Count commits and flushes of files."""
    counted: Counter[str] = Counter()
    run, fsync = Database._run, os.fsync

    async def counted_run(db: Database, sql: str) -> None:
        counted["commit"] += sql == "COMMIT"
        await run(db, sql)

    def counted_fsync(descriptor: Any) -> None:
        counted["fsync"] += 1
        fsync(descriptor)

    with (
        mock.patch.object(Database, "_run", counted_run),
        mock.patch.object(os, "fsync", counted_fsync),
    ):
        yield counted
