"""The base, and whether an engine starts with it."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncGenerator
from pathlib import Path

from bot.app import base_place, engine_settings
from bot.config import Settings
from bot.doctor.captions import caption_findings
from bot.doctor.finding import Finding, bad, good
from engine.errors import EngineError, StartRefused
from engine.supervisor import ProcessEngine

START_TIMEOUT_S = 600.0


async def check_engine(settings: Settings, *, start: bool) -> AsyncGenerator[Finding]:
    """Look for the base; with `start`, load it in an engine of its own."""
    place = base_place(settings)
    try:
        exists = await asyncio.to_thread(place.exists)
    except OSError as error:
        reason = error.strerror or str(error)
        yield bad("engine.base_unreadable", base=settings.base_model, reason=reason)
        return
    if not exists:
        yield bad("doctor.base_missing", base=settings.base_model, place=str(place))
        return
    if start:
        yield await _start(settings)
    else:
        yield good("doctor.base_found", base=settings.base_model)
    for finding in await asyncio.to_thread(lambda: tuple(caption_findings(settings))):
        yield finding


async def _start(settings: Settings) -> Finding:
    began = time.monotonic()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        engine = ProcessEngine(engine_settings(settings, outbox=Path(folder)))
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                await engine.start()
            seconds = round(time.monotonic() - began, 1)
            device = engine.ready.device
            return good("doctor.base", base=settings.base_model, device=device, seconds=seconds)
        except StartRefused as refusal:
            return bad(refusal.key, **refusal.facts)
        except (EngineError, TimeoutError) as error:
            return bad("doctor.engine_silent", reason=type(error).__name__)
        finally:
            await engine.aclose()
