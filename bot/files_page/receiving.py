"""Take an upload from a browser: streamed to files of its own, within a limit, then judged."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncGenerator, Awaitable
from contextlib import asynccontextmanager
from pathlib import Path, PurePosixPath
from typing import Final, TypeVar

from aiohttp import BodyPartReader, web

from bot.errors import UserError
from bot.files_page.tickets import LIFE_S
from bot.services.intake import Upload

Result = TypeVar("Result")

#: A browser that sends nothing for so long has left.
SILENCE_S: Final = 60.0
#: A whole upload may take as long as its link lives.
WHOLE_S: Final = float(LIFE_S)
#: So long somebody waits while others send.
TURN_S: Final = 30.0
_PIECE: Final = 256 * 1024
_MOST_FILES: Final = 1000
_MB: Final = 1000 * 1000
_MOST_NAME_CHARS: Final = 200


class Received:
    """Makes `Upload`s of a request's files; they lie in a folder that goes with the request."""

    def __init__(self, folder: Path, most_mb: int) -> None:
        self._folder = folder
        self._most_mb = most_mb
        # What may lie on the disk at once has a limit; who comes fifth waits a little.
        self._turns = asyncio.Semaphore(4)

    @asynccontextmanager
    async def files_of(self, request: web.Request) -> AsyncGenerator[tuple[Upload, ...]]:
        """Receive all files.

        UserError page.too_much, page.broken, page.nothing, page.too_slow, and page.busy while
        others send.
        """
        async with self._turn():
            with tempfile.TemporaryDirectory(
                dir=self._folder, ignore_cleanup_errors=True
            ) as folder:
                uploads = await self._whole(request, Path(folder))
                if not uploads:
                    raise UserError("page.nothing")
                yield uploads

    @asynccontextmanager
    async def _turn(self) -> AsyncGenerator[None]:
        try:
            async with asyncio.timeout(TURN_S):
                await self._turns.acquire()
        except TimeoutError:
            raise UserError("page.busy") from None
        try:
            yield
        finally:
            self._turns.release()

    async def _whole(self, request: web.Request, folder: Path) -> tuple[Upload, ...]:
        """Receive within a time: who sends a little every minute must not keep others out."""
        try:
            async with asyncio.timeout(WHOLE_S):
                return await self._receive(request, folder)
        except TimeoutError:
            raise UserError("page.too_slow", minutes=LIFE_S // 60) from None

    async def _receive(self, request: web.Request, folder: Path) -> tuple[Upload, ...]:
        # The form's own lines between files count too: a little more is no reason to refuse.
        if (request.content_length or 0) > self._most_mb * _MB + _PIECE:
            raise UserError("page.too_much", most=self._most_mb)
        uploads: list[Upload] = []
        left = self._most_mb * _MB
        try:
            reader = await request.multipart()
            while (part := await _in_time(reader.next())) is not None:
                if not isinstance(part, BodyPartReader) or not part.filename:
                    continue
                if len(uploads) == _MOST_FILES:
                    raise UserError("page.too_many", most=_MOST_FILES)
                path = folder / str(len(uploads))
                left -= await self._store(part, path, left)
                uploads.append(_upload(part.filename, path))
        except (ValueError, AssertionError, ConnectionError, TimeoutError, web.HTTPException):
            # aiohttp asserts what it finds of a body that is no form
            raise UserError("page.broken") from None
        return tuple(uploads)

    async def _store(self, part: BodyPartReader, path: Path, left: int) -> int:
        size_bytes = 0
        with path.open("wb") as file:
            while piece := await _in_time(part.read_chunk(_PIECE)):
                size_bytes += len(piece)
                if size_bytes > left:
                    raise UserError("page.too_much", most=self._most_mb)
                await asyncio.to_thread(file.write, piece)
        return size_bytes


async def _in_time(waiting: Awaitable[Result]) -> Result:
    async with asyncio.timeout(SILENCE_S):
        return await waiting


def _upload(name: str, path: Path) -> Upload:
    async def read() -> bytes:
        return await asyncio.to_thread(path.read_bytes)

    # Some browsers send the whole path, all write quotes so. It is shown, never used as a path.
    plain = name.replace("\\", "/").replace("%22", '"')
    shown = PurePosixPath(plain).name[:_MOST_NAME_CHARS] or "file"
    return Upload(name=shown, size_bytes=path.stat().st_size, read=read)
