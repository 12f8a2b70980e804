"""How far a request is, and how long it will still take."""

from __future__ import annotations

import time
from typing import Final

from engine.protocol import Progress

#: The first steps are slower: memory is touched and kernels are chosen.
_WARM_UP: Final = 2


class Pace:
    """Counts the steps of one request and measures their speed."""

    def __init__(self, request_id: str, steps: int, *, done: int = 0) -> None:
        self._request_id = request_id
        self._steps = steps
        self._done = done
        self._counted = 0
        self._since: float | None = None

    def step(self, *, loss: float | None = None) -> Progress:
        """Count one step and report."""
        self._done += 1
        self._counted += 1
        if self._counted == _WARM_UP:
            self._since = time.monotonic()
        return self.still(loss=loss)

    def still(self, *, loss: float | None = None) -> Progress:
        """Report without having moved."""
        return Progress(
            request_id=self._request_id,
            step=self._done,
            steps=self._steps,
            eta_s=self._eta_s(),
            loss=loss,
        )

    def _eta_s(self) -> float | None:
        measured = self._counted - _WARM_UP
        if self._since is None or measured <= 0:
            return None
        return (time.monotonic() - self._since) / measured * (self._steps - self._done)
