"""Check uploaded files in a limited child process; see bot/decode."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.decode.verdict import HEAD, Question, Verdict, pack, read_verdict
from bot.errors import Fact, UserError

_ROOT = Path(__file__).resolve().parents[2]
#: The longest honest picture (50 megapixels) needs about a third of it on a slow host.
FILE_TIMEOUT_S = 60.0
#: What the child may see of our environment; never the token.
_ENVIRONMENT = ("PATH", "SYSTEMROOT", "TEMP", "TMP", "LANG", "LD_LIBRARY_PATH")


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """One file as it was handed over; it stays where it is until its turn comes."""

    name: str
    #: what its holder says, before anything is read
    size_bytes: int
    #: may raise UserError, which refuses this file alone
    read: Callable[[], Awaitable[bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A drawing, decoded and written again as our own PNG."""

    file_name: str
    #: a function of the pixels alone: equal drawings, equal bytes
    png: bytes
    width: int
    height: int
    #: the picture's own caption (PNG text chunk `Description`)
    description: str | None = None
    #: keys of sentences: intake.note_rotated, intake.note_cmyk, intake.note_flattened ...
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A file that was not taken, and why: a sentence's key and its facts."""

    file_name: str
    key: str
    facts: dict[str, Fact]


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What was done to an accepted drawing: a sentence's key."""

    file_name: str
    key: str


class _Child:
    """One decoding process, for one batch of files."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(cls) -> _Child:
        environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot.decode",
            cwd=_ROOT,
            env=environment,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        return cls(process)

    async def ask(self, question: Question, data: bytes) -> tuple[Verdict, bytes]:
        """Raise TimeoutError, or EOFError or OSError when the child died of this file."""
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise EOFError
        async with asyncio.timeout(FILE_TIMEOUT_S):
            stdin.write(pack(question, data))
            await stdin.drain()
            head = await stdout.readexactly(HEAD.size)
            text_size, png_size = HEAD.unpack(head)
            text = await stdout.readexactly(text_size)
            return read_verdict(text), await stdout.readexactly(png_size)

    async def aclose(self) -> None:
        if self._process.returncode is None:
            self._process.kill()
        # Drains the pipes, so that the transport closes on every loop.
        await self._process.communicate()


class IntakeService:
    """Decode uploads where they can do no harm."""

    def __init__(self, *, max_bytes: int, min_edge: Callable[[], int]) -> None:
        self._max_bytes = max_bytes
        self._min_edge = min_edge
        # One picture at a time: decoding must not take the host's memory several times over.
        self._turn = asyncio.Lock()

    async def judge(self, uploads: Sequence[Upload]) -> AsyncGenerator[Accepted | Refused]:
        """Read and judge file after file, in order; iterate inside `aclosing`."""
        child: _Child | None = None
        try:
            for upload in uploads:
                data = await self.fetch(upload)
                if isinstance(data, Refused):
                    yield data
                    continue
                child = child or await _Child.start()
                async with self._turn:
                    outcome = await self._check(child, upload.name, data)
                if outcome is None:  # this file took the child with it
                    await child.aclose()
                    child = None
                yield outcome or Refused(file_name=upload.name, key="intake.too_heavy", facts={})
        finally:
            if child is not None:
                await child.aclose()

    async def fetch(self, upload: Upload) -> bytes | Refused:
        """Read a file, but none that says it is too large, or turns out to be."""
        try:
            self._check_size(upload.size_bytes)
            data = await upload.read()
            self._check_size(len(data))
        except UserError as error:
            return Refused(file_name=upload.name, key=error.key, facts=error.facts)
        return data

    def _check_size(self, size_bytes: int) -> None:
        if size_bytes > self._max_bytes:
            size, most = round(size_bytes / 1e6, 1), round(self._max_bytes / 1e6)
            raise UserError("intake.file_too_big", size=size, most=most)

    async def _check(self, child: _Child, name: str, data: bytes) -> Accepted | Refused | None:
        question = Question(name=name, min_edge=self._min_edge())
        try:
            verdict, png = await child.ask(question, data)
        except (TimeoutError, EOFError, OSError):
            return None
        if verdict.key:
            return Refused(file_name=name, key=verdict.key, facts=verdict.facts)
        return Accepted(
            file_name=name,
            png=png,
            width=verdict.width,
            height=verdict.height,
            description=verdict.description,
            notes=verdict.notes,
        )
