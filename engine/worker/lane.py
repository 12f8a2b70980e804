"""Requests of one kind: some run, the others wait for a place."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Iterator
from typing import Any

from engine.protocol import Event, Progress, Request, Started
from engine.worker.work import Bench, Steps, Wait, Work

PROGRESS_EVERY_S = 0.2


class Running:
    """A request that has begun."""

    def __init__(self, request: Request, steps: Steps) -> None:
        self.request_id = request.request_id
        self.owner = request.owner
        self.steps = steps
        #: what it waits for; None when it can go on
        self.wants: Work | Wait[Any] | None = None
        self._told_at = float("-inf")
        self._told_step = -1

    @property
    def runnable(self) -> bool:
        """Whether there is something to do for it now."""
        return not isinstance(self.wants, Wait) or self.wants.future.done()

    def is_news(self, event: Event) -> bool:
        """Let through all but progress that follows the last too closely.

        The last step always passes, once. `Started` was said by the loop already.
        """
        if not isinstance(event, Progress):
            return not isinstance(event, Started)
        now = time.monotonic()
        is_end = event.step == event.steps and event.step != self._told_step
        if not is_end and now - self._told_at < PROGRESS_EVERY_S:
            return False
        self._told_at, self._told_step = now, event.step
        return True


class Lane:
    """First come, first served, but nobody takes a second place while another person waits."""

    def __init__(self, places: int) -> None:
        self.waiting: deque[Request] = deque()
        #: in the order of their turns
        self.running: deque[Running] = deque()
        self._places = places

    def admit(self) -> Request | None:
        """Take out the next that may begin: of those who have least running, the first."""
        if not self._admits:
            return None
        holds = Counter(running.owner for running in self.running if running.owner)
        chosen = min(self.waiting, key=lambda request: holds[request.owner])
        self.waiting.remove(chosen)
        return chosen

    def take(self) -> Running | None:
        """Take out the first that can go on."""
        for running in self.running:
            if running.runnable:
                self.running.remove(running)
                return running
        return None

    def waiting_for(self, bench: Bench) -> Iterator[Running]:
        """Go through those that want a step of this bench."""
        for running in self.running:
            if isinstance(running.wants, Work) and running.wants.bench is bench:
                yield running

    @property
    def _admits(self) -> bool:
        return bool(self.waiting) and len(self.running) < self._places

    @property
    def runnable(self) -> bool:
        """Whether anything here can begin or go on now."""
        return self._admits or any(running.runnable for running in self.running)

    def holds(self, request_id: str) -> bool:
        """Whether the request waits or runs here."""
        return any(entry.request_id == request_id for entry in (*self.waiting, *self.running))
