"""The computer: Python, SQLite, picture library, disk and memory."""

from __future__ import annotations

import platform
import shutil
import sqlite3
import sys
from collections.abc import Generator
from pathlib import Path

import PIL

from bot.config import Settings
from bot.doctor.finding import Finding, bad, good, hint
from bot.platform.memory import total_memory_bytes
from data.db import OLDEST_SQLITE

OLDEST_PYTHON = (3, 11)
#: Older ones have known holes in their decoders.
OLDEST_PILLOW = 13
#: A style's training keeps a state of up to this size beside its files.
FREE_GB = 5
MEMORY_GB = 4


def host_findings(settings: Settings) -> Generator[Finding]:
    """Look at the computer."""
    fits = sys.version_info >= OLDEST_PYTHON
    grade = good if fits else bad
    yield grade("doctor.python", version=platform.python_version(), least="3.11")
    fits = sqlite3.sqlite_version_info >= OLDEST_SQLITE
    least = ".".join(map(str, OLDEST_SQLITE))
    yield (good if fits else bad)("doctor.sqlite", version=sqlite3.sqlite_version, least=least)
    fits = int(PIL.__version__.split(".")[0]) >= OLDEST_PILLOW
    yield (good if fits else bad)("doctor.pillow", version=PIL.__version__, least=OLDEST_PILLOW)
    free_gb = round(shutil.disk_usage(_nearest(settings.state_dir)).free / 1e9, 1)
    yield (good if free_gb >= FREE_GB else hint)("doctor.disk", free=free_gb, least=FREE_GB)
    memory = total_memory_bytes()
    if memory is not None:
        memory_gb = round(memory / 1e9, 1)
        yield (good if memory_gb >= MEMORY_GB else hint)(
            "doctor.memory", memory=memory_gb, least=MEMORY_GB
        )


def _nearest(folder: Path) -> Path:
    """Return the folder, or the nearest one above it that exists."""
    path = folder.absolute()
    return next(one for one in (path, *path.parents) if one.exists())
