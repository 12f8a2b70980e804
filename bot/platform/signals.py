"""Ask a running loop to stop when the system or the keyboard says so."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable


def on_stop(loop: asyncio.AbstractEventLoop, callback: Callable[[], object]) -> Callable[[], None]:
    """Call `callback` in the loop on SIGTERM, Ctrl-C and hangup; return what undoes it.

    Call it from the main thread. `callback` may be called more than once. A hangup that is ignored
    already, as nohup has it, stays ignored.
    """
    return _on_stop(loop, callback)


if sys.platform == "win32":
    from types import FrameType

    def _on_stop(
        loop: asyncio.AbstractEventLoop, callback: Callable[[], object]
    ) -> Callable[[], None]:
        # Loops of Windows have no add_signal_handler; a handler runs in the main thread at the
        # next byte code, and call_soon_threadsafe wakes a loop that sleeps.
        def handle(_number: int, _frame: FrameType | None) -> None:
            loop.call_soon_threadsafe(callback)

        stops = (signal.SIGINT, signal.SIGBREAK, signal.SIGTERM)
        before = {stop: signal.signal(stop, handle) for stop in stops}

        def undo() -> None:
            for stop, handler in before.items():
                signal.signal(stop, handler)

        return undo

else:

    def _on_stop(
        loop: asyncio.AbstractEventLoop, callback: Callable[[], object]
    ) -> Callable[[], None]:
        stops = [signal.SIGINT, signal.SIGTERM]
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            stops.append(signal.SIGHUP)
        for stop in stops:
            loop.add_signal_handler(stop, callback)

        def undo() -> None:
            for stop in stops:
                loop.remove_signal_handler(stop)

        return undo
