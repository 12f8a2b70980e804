"""How long the present step has been running; written by the loop, read by the wire's thread."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator


class Pulse:
    """A clock that runs only inside a step."""

    def __init__(self) -> None:
        self._since: float | None = None

    @contextlib.contextmanager
    def step(self) -> Iterator[None]:
        """Count the time spent inside."""
        self._since = time.monotonic()
        try:
            yield
        finally:
            self._since = None

    def busy_s(self) -> float:
        """Seconds since the present step began; 0 between steps."""
        since = self._since
        return 0.0 if since is None else time.monotonic() - since
