"""A folder of drawings on the host's disk."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

from bot.errors import UserError
from bot.services.intake import Upload

#: What such a folder may hold besides; everything else in it is told as refused.
_IGNORED: Final = frozenset({".ds_store", "thumbs.db", "desktop.ini"})


def list_folder(folder: Path) -> tuple[Upload, ...]:
    """List all files of a folder, by name, and read none yet; UserError train.no_folder."""
    if not folder.is_dir():
        raise UserError("train.no_folder", folder=str(folder))
    paths = sorted(path for path in folder.iterdir() if path.is_file())
    shown = [path for path in paths if path.name.lower() not in _IGNORED]
    return tuple(_upload(path) for path in shown)


def _upload(path: Path) -> Upload:
    async def read() -> bytes:
        try:
            return await asyncio.to_thread(path.read_bytes)
        except OSError as error:
            raise UserError("intake.unreadable", reason=error.strerror or str(error)) from error

    return Upload(name=path.name, size_bytes=path.stat().st_size, read=read)
