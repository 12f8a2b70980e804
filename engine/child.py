"""One life of the worker process: spawn, handshake, messages, end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import subprocess
from collections import deque
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Final, Self

from engine.errors import ProtocolError, StartDied, StartKilled, StartRefused
from engine.framing import encode, read_async
from engine.log_lines import forward_lines
from engine.protocol import VERSION, Message, Ready, Shutdown, StartFailed

log = logging.getLogger(__name__)

_ROOT = Path(__file__).resolve().parent.parent
#: Names of secrets that the bot may have in its environment; the engine has no use for them.
_KEPT_FROM_CHILD = ("DISCORD_TOKEN",)
#: OpenMP's threads wait for each other asleep, not spinning: with a second busy program on two
#: cores, spinning made a training step five to ten times slower. The host's own choice wins.
_PATIENT: Final = {"OMP_WAIT_POLICY": "PASSIVE"}
#: After a signal the kernel needs moments; more means that something holds the pipes open.
_EXIT_TIMEOUT_S = 2.0
#: Windows has no signals: what ends a process from outside its code leaves an error status.
_WINDOWS_CRASH = 0xC0000000
#: A Ctrl-C in the terminal is the bot's to handle: it ends its engine in order.
_NEW_GROUP = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)


class Child:
    """A running worker process; made by `spawn`, ended by `stop` or by itself."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._last_lines: deque[str] = deque(maxlen=5)
        self._logging = asyncio.create_task(
            forward_lines(_pipe(process.stderr), process.pid, self._last_lines)
        )

    @classmethod
    async def spawn(cls, command: Sequence[str]) -> Self:
        """Start the process; OSError when the program cannot be run."""
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=_environment(),
            start_new_session=True,
            creationflags=_NEW_GROUP,
        )
        return cls(process)

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    async def handshake(self, setting: str, timeout_s: float) -> Ready:
        """Wait for `Ready`; raises `StartRefused`, which names the setting after a time-out."""
        try:
            async with asyncio.timeout(timeout_s):
                first = await read_async(_pipe(self._process.stdout))
        except TimeoutError:
            raise StartRefused(
                "engine.start_timeout", setting=setting, seconds=round(timeout_s)
            ) from None
        except ProtocolError as error:
            raise StartRefused("engine.not_an_engine", reason=str(error)) from error
        match first:
            case Ready(version=version) if version == VERSION:
                return first
            case Ready(version=version):
                raise StartRefused("engine.version", theirs=version, ours=VERSION)
            case StartFailed(key=key, facts=facts):
                raise StartRefused(key, **facts)
            case None:
                raise await self._early_death()
            case _:
                raise StartRefused("engine.not_an_engine", reason=type(first).__name__)

    def post(self, message: Message) -> None:
        """Send a message; to a dead process it is lost, and its death shows in `messages`."""
        stdin = self._process.stdin
        if stdin is not None and not stdin.is_closing():
            stdin.write(encode(message))

    async def messages(self) -> AsyncIterator[Message]:
        """Yield what the engine says until the process is gone."""
        stdout = _pipe(self._process.stdout)
        while (message := await read_async(stdout)) is not None:
            yield message

    def kill(self) -> None:
        """End the process now."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()

    async def stop(self, grace_s: float) -> None:
        """Ask the process to leave, then terminate it, then kill it; nothing is left after."""
        try:
            if grace_s:
                await self._leave_in_order(grace_s)
        finally:
            self.kill()  # also when the caller of this is cancelled in turn
        if not await self._exits_within(_EXIT_TIMEOUT_S):
            log.error("engine %d outlives SIGKILL", self.pid)
        await self._close_pipes()

    async def _leave_in_order(self, grace_s: float) -> None:
        self.post(Shutdown())
        if await self._exits_within(grace_s):
            return
        log.warning("engine %d did not leave when asked", self.pid)
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        await self._exits_within(_EXIT_TIMEOUT_S)

    async def _exits_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._drained_exit()
        except TimeoutError:
            return False
        return True

    async def _drained_exit(self) -> None:
        # a child that is still writing to a full pipe could not leave
        stdout = _pipe(self._process.stdout)
        while await stdout.read(1 << 16):
            pass
        await self._process.wait()

    async def _close_pipes(self) -> None:
        stdin = self._process.stdin
        if stdin is not None:
            stdin.close()
            with contextlib.suppress(OSError, TimeoutError):  # the pipe of a dead child
                async with asyncio.timeout(_EXIT_TIMEOUT_S):
                    await stdin.wait_closed()
        await self._last_words()

    async def _early_death(self) -> StartDied:
        """Wait for the end of a process that closed its pipe; one that stays is of no use."""
        await self._exits_within(_EXIT_TIMEOUT_S)
        self.kill()
        code = await self._process.wait()
        kind = StartKilled if code < 0 or code >= _WINDOWS_CRASH else StartDied
        return kind(code, await self._last_words())

    async def _last_words(self) -> str:
        await asyncio.wait({self._logging}, timeout=_EXIT_TIMEOUT_S)
        if not self._logging.done():
            log.warning("a process of engine %d holds its standard error open", self.pid)
            self._logging.cancel()
        return self._last_lines[-1] if self._last_lines else ""


def _pipe(stream: asyncio.StreamReader | None) -> asyncio.StreamReader:
    assert stream is not None, "spawn asked for a pipe"  # noqa: S101 - narrows the type
    return stream


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in _KEPT_FROM_CHILD}
    path = [str(_ROOT), *filter(None, [kept.get("PYTHONPATH")])]
    return _PATIENT | kept | {"PYTHONPATH": os.pathsep.join(path)}
