"""The files that a command writes for the host."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from bot.errors import UserError


async def require_writable(file: Path) -> None:
    """Find out before the work begins; UserError cli.not_written. Leaves everything as it was."""
    with writing(file):
        await asyncio.to_thread(_try_to_write, file)


async def copy(source: str, file: Path) -> None:
    """Put a finished file where the host wants it; UserError cli.not_written."""
    with writing(file):
        await asyncio.to_thread(shutil.copyfile, source, file)


@contextmanager
def writing(file: Path) -> Generator[None]:
    """Raise UserError cli.not_written for what the system has against it."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise UserError("cli.not_written", file=str(file), reason=reason) from error


def _try_to_write(file: Path) -> None:
    is_new = not file.exists()
    with file.open("ab"):
        pass
    if is_new:
        file.unlink()
