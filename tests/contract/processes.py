"""Real engine processes: their settings, stand-ins for them, and their end."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from engine.client import EngineSettings
from engine.supervisor import ProcessEngine
from tests.contract.requests import TIMEOUT_S

posix = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX")


def settings(
    folder: Path, base: str = "builtin", *, python: Path = Path(sys.executable), **changes: float
) -> EngineSettings:
    return EngineSettings(
        base=Path(base),
        outbox=folder / "outbox",
        python=str(python),
        scripted=True,
        **changes,  # pyright: ignore[reportArgumentType] - floats for floats
    )


def child_of(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


@asynccontextmanager
async def closing(engine: ProcessEngine) -> AsyncIterator[ProcessEngine]:
    try:
        async with asyncio.timeout(TIMEOUT_S):
            yield engine
    finally:
        async with asyncio.timeout(TIMEOUT_S):
            await engine.aclose()
