"""A step loop with its commands put in by hand."""

from __future__ import annotations

import contextlib
import gc
import queue
from collections.abc import Callable

from engine.protocol import TERMINAL, Event, Ready, Request, Shutdown
from engine.worker.loop import StepLoop
from engine.worker.runners import Workshop
from engine.worker.wire import LoopCommand
from engine.worker.work import Steps

READY = Ready(version=1, device="cpu", base="b", base_sha256="", family="builtin")


class Served:
    """A loop with its commands put in by hand; it is shut down after `ends` terminal messages."""

    def __init__(self) -> None:
        self.inbox: queue.SimpleQueue[LoopCommand] = queue.SimpleQueue()
        self.seen: list[Event] = []
        self.tidy: Callable[[], object] = gc.collect
        self.places = 2
        self.training_share = 0.3
        #: the loop's clock, in seconds; steps move it by hand
        self.now = 0.0

    def serve(self, run: Callable[[Request], Steps], *commands: LoopCommand, ends: int) -> None:
        """Serve the commands to their end."""

        def send(event: Event) -> None:
            self.seen.append(event)
            if sum(isinstance(event, TERMINAL) for event in self.seen) == ends:
                self.inbox.put(Shutdown())

        workshop = Workshop(ready=READY, run=run, tidy=self.tidy)
        loop = StepLoop(
            workshop,
            self.inbox,
            send,
            draws_at_once=self.places,
            trainings_at_once=1,
            training_share=self.training_share,
            clock=lambda: self.now,
        )
        for command in commands:
            self.inbox.put(command)
        loop.serve(contextlib.nullcontext)
