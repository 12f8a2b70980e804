"""The bases, and whether an engine starts with each."""

from __future__ import annotations

import asyncio
import dataclasses
import tempfile
import time
from collections.abc import AsyncGenerator
from pathlib import Path

from bot.config import Settings
from bot.doctor.captions import caption_findings
from bot.doctor.finding import Finding, Grade, bad, good
from bot.engine_setup import base_family, base_place, engine_settings
from bot.i18n import Texts
from engine.base.families import family_of
from engine.base.kinds import check_base
from engine.base.place import base_name, find_base
from engine.errors import EngineError, JobFailed, StartRefused
from engine.supervisor import ProcessEngine

START_TIMEOUT_S = 600.0


async def check_engine(settings: Settings, texts: Texts, *, start: bool) -> AsyncGenerator[Finding]:
    """Look for the bases; with `start`, load each in an engine of its own."""
    async for finding in _check_first(settings, start=start):
        yield finding
    for name, place in settings.more_bases:
        if name.casefold() == base_name(base_place(settings)).casefold():
            yield bad("doctor.more_base_name", name=name)
            continue
        # What is said of the first is not true of it.
        alone = dataclasses.replace(
            settings, base_model=place, base_config=None, base_family="auto", more_bases=()
        )
        yield await _check_further(alone, name, texts, start=start)


async def _check_first(settings: Settings, *, start: bool) -> AsyncGenerator[Finding]:
    refusal = await asyncio.to_thread(_look, settings)
    if refusal is not None:
        if refusal.key == "engine.base_missing":
            place = str(base_place(settings))
            refusal = bad("doctor.base_missing", base=settings.base_model, place=place)
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


async def _check_further(settings: Settings, name: str, texts: Texts, *, start: bool) -> Finding:
    """Say all of one of MORE_BASES in a line."""
    found = await asyncio.to_thread(_look, settings)
    if found is None and start:
        found = await _start(settings)
    if found is not None and found.grade is Grade.BAD:
        return bad("doctor.more_base_bad", name=name, reason=texts.say(found.key, **found.facts))
    family = family_of(await asyncio.to_thread(base_family, settings)).title
    if found is None:
        return good("doctor.more_base", name=name, family=family)
    device, seconds = found.facts["device"], found.facts["seconds"]
    return good("doctor.more_base_loads", name=name, family=family, device=device, seconds=seconds)


def _look(settings: Settings) -> Finding | None:
    """Say what hinders the base, as far as a look at its files tells."""
    try:
        check_base(find_base(base_place(settings), settings.base_config))
    except JobFailed as failure:
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
