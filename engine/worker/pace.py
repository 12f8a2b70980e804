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
        #: when and where the measured part began
        self._since: tuple[float, int] | None = None

    def step(self, *, loss: float | None = None, parts: int | None = None) -> Progress:
        """Count one step and report."""
        return self.at(self._done + 1, loss=loss, parts=parts)

    def at(self, done: int, *, loss: float | None = None, parts: int | None = None) -> Progress:
        """Report that so many steps are done now, several of them at once perhaps."""
        self._done = done
        self._counted += 1
        if self._counted == _WARM_UP:
            self._since = time.monotonic(), done
        return self.still(loss=loss, parts=parts)

    def still(self, *, loss: float | None = None, parts: int | None = None) -> Progress:
        """Report without having moved."""
        return Progress(
            request_id=self._request_id,
            step=self._done,
            steps=self._steps,
            eta_s=self._eta_s(),
            loss=loss,
            parts=parts,
        )

    def _eta_s(self) -> float | None:
        if self._since is None:
            return None
        since, first = self._since
        if self._done <= first:
            return None
        return (time.monotonic() - since) / (self._done - first) * (self._steps - self._done)
