"""The state folder: who holds it, and what its database says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

from bot.app import DATABASE_NAME
from bot.config import Settings
from bot.doctor.finding import Finding, bad, good, hint
from bot.platform.local_socket import NobodyThere
from bot.platform.lock import FolderHeld, hold_folder
from bot.services.handover import HandoverClient
from bot.services.wishes import Health
from data.errors import DatabaseUnusable
from data.migrate import list_migrations, read_version

ANSWER_TIMEOUT_S = 10.0


async def check_state(settings: Settings) -> AsyncGenerator[Finding]:
    """Look at the folder, and ask its holder how it is."""
    folder = str(settings.state_dir)
    try:
        hold_folder(settings.state_dir).release()
    except FolderHeld as held:
        yield await _ask_holder(settings, held)
    except OSError as error:
        yield bad("doctor.state_unusable", folder=folder, reason=error.strerror or str(error))
        return
    else:
        yield good("doctor.free", folder=folder)
    finding = await asyncio.to_thread(_database, settings.state_dir / DATABASE_NAME)
    if finding is not None:
        yield finding


def _database(path: Path) -> Finding | None:
    try:
        found = read_version(path)
    except DatabaseUnusable as error:
        return bad("state.database_unusable", file=str(path), reason=str(error))
    known = len(list_migrations())
    if found > known:
        return bad("doctor.database_newer", found=found, known=known)
    return good("doctor.database", found=found, known=known) if found else None


async def _ask_holder(settings: Settings, held: FolderHeld) -> Finding:
    folder, pid = str(settings.state_dir), held.pid or 0
    try:
        async with asyncio.timeout(ANSWER_TIMEOUT_S):
            health = await HandoverClient(settings.state_dir).health()
    except (NobodyThere, TimeoutError):
        return bad("doctor.held_silent", folder=folder, pid=pid)
    return _judge(health, folder, pid)


def _judge(health: Health, folder: str, pid: int) -> Finding:
    if health.engine == "ready":
        return good("doctor.held_ready", folder=folder, pid=pid, device=health.device)
    if health.engine == "starting":
        return hint("doctor.held_starting", folder=folder, pid=pid)
    return bad(health.key, **health.facts)
