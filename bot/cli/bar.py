"""A progress bar on stderr; plain lines where stderr is no terminal."""

from __future__ import annotations

import sys
from typing import TextIO

from bot.i18n import Texts
from bot.services.wishes import Progressed

WIDTH = 30


class Bar:
    """Shows one wish; `close` ends its line."""

    def __init__(self, texts: Texts, stream: TextIO | None = None) -> None:
        self._texts = texts
        self._stream = sys.stderr if stream is None else stream
        self._live = self._stream.isatty()
        self._last = ""
        self._told = ("", -1)

    async def show(self, progressed: Progressed) -> None:
        """Draw the present state over the last one."""
        line = self._line(progressed)
        if line == self._last:
            return
        if self._live:
            self._stream.write(f"\r{line:<{len(self._last)}}")
        elif self._is_news(progressed):
            self._stream.write(f"{line}\n")
        self._stream.flush()
        self._last = line

    def close(self) -> None:
        """End the line."""
        if self._live and self._last:
            self._stream.write("\n")
            self._stream.flush()

    def _is_news(self, progressed: Progressed) -> bool:
        """Tell whether a log wants a new line: another state, or another tenth."""
        tenth = progressed.step * 10 // max(progressed.steps, 1)
        before, self._told = self._told, (progressed.state, tenth)
        return before != self._told

    def _line(self, progressed: Progressed) -> str:
        state = self._texts.say(f"cli.state_{progressed.state}")
        if progressed.state != "running" or not progressed.steps:
            return state
        done = min(progressed.step / progressed.steps, 1.0)
        bar = "█" * round(done * WIDTH) + "·" * (WIDTH - round(done * WIDTH))
        left = "" if progressed.eta_s is None else f"  {_clock(progressed.eta_s)}"
        return f"{bar} {progressed.step}/{progressed.steps}{left}"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"
