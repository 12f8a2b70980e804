"""A real process for each base: what one drew before another was loaded, it draws after."""

from __future__ import annotations

import asyncio
from pathlib import Path

from engine.client import EngineSettings
from engine.pictures.recipe import Recipe
from engine.protocol import Done, DrawRequest, PictureDrawn
from engine.supervisor import ProcessEngine
from tests.engine.tiny import write_tiny_base

TIMEOUT_S = 55
RECIPE = Recipe(prompt="red fox", positive="red fox", seed=7, steps=2, width=64, height=64)


async def _draw(engine: ProcessEngine, number: int) -> tuple[bytes, str]:
    request = DrawRequest(request_id=f"draw.{number}", recipes=(RECIPE,))
    events = [event async for event in engine.submit(request)]
    assert isinstance(events[-1], Done)
    (drawn,) = (event for event in events if isinstance(event, PictureDrawn))
    return Path(drawn.file.path).read_bytes(), drawn.recipe.base_sha256


async def test_the_same_picture_before_and_after_another_base(
    tiny_base_folder: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    await asyncio.to_thread(write_tiny_base, other, seed=1)
    settings = EngineSettings(
        base=tiny_base_folder, outbox=tmp_path / "outbox", device="cpu", threads=1
    )
    engine = ProcessEngine(settings)
    try:
        async with asyncio.timeout(TIMEOUT_S):
            await engine.start()
            before, first = await _draw(engine, 1)
            await engine.switch(other)
            between, second = await _draw(engine, 2)
            await engine.switch(tiny_base_folder)
            after, again = await _draw(engine, 3)
    finally:
        await engine.aclose()
    assert before == after
    assert between != before
    assert first == again != second
