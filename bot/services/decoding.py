"""The limited child process that reads files from strangers, as its parent holds it."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from bot.decode.verdict import HEAD, Question, Verdict, pack, read_verdict

_ROOT = Path(__file__).resolve().parents[2]
#: The longest honest picture (50 megapixels) needs about a third of it on a slow host.
FILE_TIMEOUT_S = 60.0
#: What the child may see of our environment; never the token.
_ENVIRONMENT = ("PATH", "SYSTEMROOT", "TEMP", "TMP", "LANG", "LD_LIBRARY_PATH")
#: Every thread of a numerical library takes address space, which is limited.
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


class _Child:
    """One decoding process."""

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
            env=environment | _ONE_THREAD,
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
            text_size, data_size = HEAD.unpack(head)
            text = await stdout.readexactly(text_size)
            return read_verdict(text), await stdout.readexactly(data_size)

    async def aclose(self) -> None:
        if self._process.returncode is None:
            self._process.kill()
        # Drains the pipes, so that the transport closes on every loop.
        await self._process.communicate()


class Decoder:
    """A child for one batch of files: started for the first, replaced when a file takes it along.

    All decoders of a service share one `turn`: decoding must not take the host's memory several
    times over.
    """

    def __init__(self, turn: asyncio.Lock) -> None:
        self._turn = turn
        self._child: _Child | None = None
        #: counts children; what one had at hand, the next has not
        self.number = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._drop()

    async def ask(self, question: Question, data: bytes = b"") -> tuple[Verdict, bytes]:
        """Ask one question; a file that the child does not survive is too heavy."""
        async with self._turn:
            if self._child is None:
                self._child = await _Child.start()
                self.number += 1
            try:
                return await self._child.ask(question, data)
            except (TimeoutError, EOFError, OSError):
                await self._drop()
                return Verdict(key="intake.too_heavy"), b""

    @property
    def is_up(self) -> bool:
        """Whether the child that had the last question lives."""
        return self._child is not None

    async def _drop(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            await child.aclose()
