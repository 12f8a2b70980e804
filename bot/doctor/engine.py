"""The base, and whether an engine starts with it."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncGenerator
from pathlib import Path

from bot.config import Settings
from bot.doctor.captions import caption_findings
from bot.doctor.finding import Finding, bad, good
from bot.engine_setup import base_family, base_place, engine_settings
from engine.base.families import family_of
from engine.base.kinds import check_checkpoint
from engine.base.place import find_base
from engine.errors import EngineError, JobFailed, StartRefused
from engine.supervisor import ProcessEngine

START_TIMEOUT_S = 600.0


async def check_engine(settings: Settings, *, start: bool) -> AsyncGenerator[Finding]:
    """Look for the base; with `start`, load it in an engine of its own."""
    refusal = await asyncio.to_thread(_look, settings)
    if refusal is not None:
        yield refusal
        return
    if start:
        yield await _start(settings)
    else:
        yield good("doctor.base_found", base=settings.base_model)
    family = await asyncio.to_thread(base_family, settings)
    yield good("doctor.base_family", family=family_of(family).title)
    for finding in await asyncio.to_thread(lambda: tuple(caption_findings(settings))):
        yield finding


def _look(settings: Settings) -> Finding | None:
    """Say what hinders the base, as far as a look at its files tells."""
    place, config = base_place(settings), settings.base_config
    try:
        found = find_base(place, config)
        if found.is_file:
            check_checkpoint(found.path, found.config)
    except JobFailed as failure:
        if failure.key == "engine.base_missing":
            return bad("doctor.base_missing", base=settings.base_model, place=str(place))
        return bad(failure.key, **failure.facts)
    except OSError as error:
        reason = error.strerror or str(error)
        return bad("engine.base_unreadable", base=settings.base_model, reason=reason)
    return None


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
