"""The worker's end of the pipe: one thread reads, any thread may write."""

from __future__ import annotations

import io
import logging
import os
import queue
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, NoReturn, Self

from engine.errors import ProtocolError
from engine.framing import read_blocking, write_blocking
from engine.protocol import (
    Cancel,
    CaptionRequest,
    DrawRequest,
    Message,
    Ping,
    Pong,
    Request,
    Shutdown,
    TrainRequest,
)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Wake:
    """From another thread of this process: something that was waited for is done."""


#: What reaches the step loop; a `Ping` is answered by the reading thread.
LoopCommand = Request | Cancel | Shutdown | Wake


class Wire:
    """Commands into `inbox`, messages out through `send`.

    When the bot is gone, the process ends on the spot, whatever it is doing: nobody may be left
    behind who goes on burning the GPU.
    """

    def __init__(self, incoming: IO[bytes], outgoing: IO[bytes]) -> None:
        self.inbox: queue.SimpleQueue[LoopCommand] = queue.SimpleQueue()
        self._incoming = incoming
        self._outgoing = outgoing
        self._writing = threading.Lock()

    @classmethod
    def take_over(cls) -> Self:
        """Move the protocol away from descriptors 0 and 1.

        From then on whatever a library prints, from Python or from C, lands on standard error,
        and whatever it reads is empty.
        """
        incoming, outgoing = os.dup(0), os.dup(1)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        os.dup2(2, 1)
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(line_buffering=True)
        return cls(os.fdopen(incoming, "rb", buffering=0), os.fdopen(outgoing, "wb", buffering=0))

    def send(self, message: Message) -> None:
        """Write one frame; `ProtocolError` when the message is wrong."""
        with self._writing:
            try:
                write_blocking(self._outgoing, message)
            except OSError:
                _leave("the bot closed the pipe")

    def listen(self, busy_s: Callable[[], float]) -> None:
        """Start the reading thread; `busy_s` goes into every `Pong`."""
        threading.Thread(target=self._read, args=(busy_s,), name="wire", daemon=True).start()

    def _read(self, busy_s: Callable[[], float]) -> None:
        try:
            while (message := read_blocking(self._incoming)) is not None:
                match message:
                    case Ping():
                        self.send(Pong(busy_s=busy_s()))
                    case DrawRequest() | TrainRequest() | CaptionRequest() | Cancel() | Shutdown():
                        self.inbox.put(message)
                    case _:
                        _leave(f"a bot may not say {type(message).__name__}")
        except (ProtocolError, OSError) as error:
            _leave(str(error))
        _leave("the bot is gone")


def _leave(reason: str) -> NoReturn:
    log.error("engine ends: %s", reason)
    logging.shutdown()
    os._exit(0)
