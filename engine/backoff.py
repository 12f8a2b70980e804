"""How long to wait before something that failed is tried again: an engine, a login."""

from __future__ import annotations

#: An engine that served for so long was healthy: its death is the first again.
HEALTHY_S = 60.0


class Backoff:
    """Doubles from the first wait to the longest, and starts over after a healthy life."""

    def __init__(self, first_s: float, most_s: float) -> None:
        self._first_s = first_s
        self._most_s = most_s
        self._next_s = first_s

    def after(self, served_s: float) -> float:
        """Seconds to wait after a life that served for `served_s`."""
        if served_s >= HEALTHY_S:
            self._next_s = self._first_s
        wait_s = min(self._next_s, self._most_s)
        self._next_s = min(2 * wait_s, self._most_s)
        return wait_s
