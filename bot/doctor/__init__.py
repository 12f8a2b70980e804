"""`doctor`: one line for everything the bot needs; exit code 1 when something is missing."""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator

from bot.config import Settings
from bot.doctor.engine import check_engine
from bot.doctor.files import check_files
from bot.doctor.finding import Finding, Grade
from bot.doctor.host import host_findings
from bot.doctor.state import check_state
from bot.i18n import Texts

_MARKS = {Grade.GOOD: "ok  ", Grade.HINT: "hint", Grade.BAD: "BAD "}


async def run_doctor(settings: Settings, texts: Texts, *, quick: bool) -> int:
    """Print every finding as soon as it is known; `quick` starts no engine and asks no Discord."""
    worst = 0
    async for finding in find(settings, texts, quick=quick):
        sys.stdout.write(f"{_MARKS[finding.grade]}  {texts.say(finding.key, **finding.facts)}\n")
        sys.stdout.flush()
        worst = max(worst, finding.grade is Grade.BAD)
    return worst


async def find(settings: Settings, texts: Texts, *, quick: bool) -> AsyncGenerator[Finding]:
    """Look at everything, the host first."""
    for finding in host_findings(settings):
        yield finding
    is_free = False
    async for finding in check_state(settings):
        is_free = is_free or finding.key == "doctor.free"
        yield finding
    # A bot that runs has the device; a second engine may not fit beside it.
    async for finding in check_engine(settings, texts, start=is_free and not quick):
        yield finding
    async for finding in check_files(settings, is_free=is_free):
        yield finding
    if quick:
        return
    from bot.doctor.discord import check_discord  # slow to import

    async for finding in check_discord(settings, texts):
        yield finding
