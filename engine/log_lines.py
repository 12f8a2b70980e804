"""The worker's standard error, line by line into the bot's log, within bounds."""

from __future__ import annotations

import asyncio
import logging
import re
from collections import deque

log = logging.getLogger("engine.worker")

_CHUNK_BYTES = 1 << 14
LINE_MOST_CHARACTERS = 2000
#: A library that floods its log may not flood the bot's.
LINES_PER_WINDOW = 200
WINDOW_S = 10.0
_ENDS = re.compile(rb"[\r\n]+")  # \r: progress bars


async def forward_lines(stream: asyncio.StreamReader, pid: int, last_lines: deque[str]) -> None:
    """Log every line until the stream ends; `last_lines` keeps the latest."""
    budget = _Budget()
    rest = b""
    while chunk := await stream.read(_CHUNK_BYTES):
        *lines, rest = _ENDS.split(rest + chunk)
        rest = rest[: 4 * LINE_MOST_CHARACTERS]
        for line in lines:
            _forward(line, pid, last_lines, budget)
    _forward(rest, pid, last_lines, budget)


def _forward(line: bytes, pid: int, last_lines: deque[str], budget: _Budget) -> None:
    text = line.decode(errors="replace").strip()[:LINE_MOST_CHARACTERS]
    if not text:
        return
    last_lines.append(text)
    if left_out := budget.left_out_before_this():
        log.warning("[%d] %d lines left out", pid, left_out)
    if budget.take():
        log.info("[%d] %s", pid, text)


class _Budget:
    """So many lines per window of time."""

    def __init__(self) -> None:
        self._since = asyncio.get_running_loop().time()
        self._used = 0

    def left_out_before_this(self) -> int:
        """Begin a new window when it is time; how many lines the last one left out."""
        now = asyncio.get_running_loop().time()
        if now - self._since < WINDOW_S:
            return 0
        left_out = max(0, self._used - LINES_PER_WINDOW)
        self._since, self._used = now, 0
        return left_out

    def take(self) -> bool:
        """Use one line up; False when the window is full."""
        self._used += 1
        return self._used <= LINES_PER_WINDOW
