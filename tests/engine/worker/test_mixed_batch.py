"""The real engine process: requests join, leave, are cancelled and die in the middle of a batch."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.client import EngineSettings
from engine.pictures.recipe import Recipe
from engine.protocol import (
    Cancelled,
    Done,
    DrawRequest,
    Event,
    Lost,
    PictureDrawn,
    Progress,
)
from engine.supervisor import ProcessEngine

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

LONG = Recipe(prompt="fox", positive="red fox", seed=5, steps=80, width=64, height=64)
SHORT = dataclasses.replace(
    LONG, positive="cat", seed=6, steps=12, sampler="dpmpp_2m", guidance=2.0
)


@pytest.fixture
async def engine(tiny_base_folder: Path, tmp_path: Path) -> AsyncIterator[ProcessEngine]:
    settings = EngineSettings(
        base=tiny_base_folder, outbox=tmp_path / "outbox", device="cpu", threads=1
    )
    process = ProcessEngine(settings)
    await process.start()
    yield process
    await process.aclose()


class Asked:
    """A request on its way."""

    def __init__(self, engine: ProcessEngine, request_id: str, recipe: Recipe) -> None:
        request = DrawRequest(request_id=request_id, recipes=(recipe,), owner=request_id)
        self.steps: asyncio.Queue[int] = asyncio.Queue()
        self._task = asyncio.create_task(self._follow(engine, request))

    async def _follow(self, engine: ProcessEngine, request: DrawRequest) -> list[Event]:
        told: list[Event] = []
        async with contextlib.aclosing(engine.submit(request)) as events:
            async for event in events:
                told.append(event)
                if isinstance(event, Progress):
                    self.steps.put_nowait(event.step)
        return told

    async def begun(self) -> int:
        """Wait for a first step."""
        return await self.steps.get()

    async def end(self) -> Event:
        """Return how it ended."""
        return (await self._task)[-1]

    async def pixels(self) -> np.ndarray:
        """Wait until it is drawn, and return the picture."""
        [drawn] = [event for event in await self._task if isinstance(event, PictureDrawn)]
        with Image.open(drawn.file.path) as picture:
            return np.asarray(picture.convert("RGB"), dtype=float)


def same(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether two pictures are equal but for the rounding of unequal batches."""
    return float(np.abs(one - other).max()) <= 2


async def test_a_batch_goes_on_as_its_pictures_come_and_go(engine: ProcessEngine) -> None:
    long_alone = await Asked(engine, "a", LONG).pixels()
    short_alone = await Asked(engine, "b", SHORT).pixels()
    assert not same(long_alone, short_alone)

    first = Asked(engine, "c", LONG)
    assert await first.begun() < LONG.steps - SHORT.steps
    joining = Asked(engine, "d", SHORT)  # and leaves before the first is done
    assert same(await joining.pixels(), short_alone)
    assert isinstance(await joining.end(), Done)
    cancelled = Asked(engine, "e", dataclasses.replace(LONG, steps=200, seed=9))
    await cancelled.begun()
    await engine.cancel("e")
    assert isinstance(await cancelled.end(), Cancelled)
    assert same(await first.pixels(), long_alone)
    assert isinstance(await first.end(), Done)


async def test_all_of_a_batch_are_lost_with_the_process_and_drawn_by_the_next(
    engine: ProcessEngine,
) -> None:
    pair = [Asked(engine, name, dataclasses.replace(LONG, steps=200)) for name in "ab"]
    for asked in pair:
        await asked.begun()
    assert engine.pid is not None
    os.kill(engine.pid, signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
    assert all([isinstance(await asked.end(), Lost) for asked in pair])
    again = [Asked(engine, name, SHORT) for name in "ab"]
    one, other = [await asked.pixels() for asked in again]
    assert same(one, other)
