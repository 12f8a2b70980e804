"""The step loop: the steps of all requests on one device, batched across them at every step."""

from __future__ import annotations

import contextlib
import logging
import queue
import time
from collections.abc import Callable

from engine.protocol import (
    Cancel,
    Cancelled,
    CaptionRequest,
    DrawRequest,
    Request,
    Shutdown,
    Started,
    TrainRequest,
)
from engine.worker.lane import Lane, Running
from engine.worker.runners import Workshop
from engine.worker.share import Share
from engine.worker.turns import Send, Turns
from engine.worker.wire import LoopCommand, Wake

log = logging.getLogger(__name__)

#: One drawing after the other: a second would only make the first slower.
CAPTIONS_AT_ONCE = 1


class StepLoop:
    """Serves commands until `Shutdown`; every request ends in one terminal message."""

    def __init__(
        self,
        workshop: Workshop,
        inbox: queue.SimpleQueue[LoopCommand],
        send: Send,
        *,
        draws_at_once: int,
        trainings_at_once: int,
        training_share: float,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._workshop = workshop
        self._inbox = inbox
        self._send = send
        self._draws = Lane(draws_at_once)
        self._trainings = Lane(trainings_at_once)
        self._captions = Lane(CAPTIONS_AT_ONCE)
        self._captioned_last = False
        self._share = Share(training_share)
        self._turns = Turns(send, workshop.tidy)
        self._clock = clock

    @property
    def _lanes(self) -> tuple[Lane, ...]:
        return self._draws, self._trainings, self._captions

    def serve(self, on_step: Callable[[], contextlib.AbstractContextManager[object]]) -> None:
        """Work until `Shutdown`; every step runs inside `on_step()`."""
        while self._obey_commands():
            self._begin_waiting()
            lane = self._lane_to_serve()
            if lane is not None:
                with on_step():
                    self._serve(lane)
        for lane in self._lanes:
            for running in lane.running:
                self._turns.close(running)

    # --- commands ---------------------------------------------------------------------------

    def _obey_commands(self) -> bool:
        """Obey all that has come, waiting for one when nothing can go on; False on `Shutdown`."""
        idle = not any(lane.runnable for lane in self._lanes)
        with contextlib.suppress(queue.Empty):
            while True:
                if not self._obey(self._inbox.get(block=idle)):
                    return False
                idle = False
        return True

    def _obey(self, command: LoopCommand) -> bool:
        match command:
            case DrawRequest():
                self._queue(command, self._draws)
            case TrainRequest():
                self._queue(command, self._trainings)
            case CaptionRequest():
                self._queue(command, self._captions)
            case Cancel(request_id=request_id):
                self._cancel(request_id)
            case Wake():
                pass
            case Shutdown():
                return False
        return True

    def _queue(self, request: Request, lane: Lane) -> None:
        if any(known.holds(request.request_id) for known in self._lanes):
            log.error("request %s came twice; the second is ignored", request.request_id)
            return
        lane.waiting.append(request)
        self._workshop.expect(request)

    def _cancel(self, request_id: str) -> None:
        for lane in self._lanes:
            if not lane.holds(request_id):
                continue
            for running in [r for r in lane.running if r.request_id == request_id]:
                lane.running.remove(running)
                self._turns.close(running)
            for request in [r for r in lane.waiting if r.request_id == request_id]:
                lane.waiting.remove(request)
            self._send(Cancelled(request_id=request_id))

    # --- turns ------------------------------------------------------------------------------

    def _begin_waiting(self) -> None:
        for lane in self._lanes:
            while (request := lane.admit()) is not None:
                self._send(Started(request_id=request.request_id))
                lane.running.append(Running(request, self._workshop.run(request)))

    def _lane_to_serve(self) -> Lane | None:
        """Choose between the kinds; None when nothing can go on.

        Captions are read on another thread: their turns are short, and every second one may be.
        """
        draws, trainings, captions = self._draws, self._trainings, self._captions
        self._captioned_last = captions.runnable and not self._captioned_last
        if self._captioned_last:
            return captions
        if draws.runnable and trainings.runnable:
            return trainings if self._share.training_next else draws
        return next((lane for lane in self._lanes if lane.runnable), None)

    def _serve(self, lane: Lane) -> None:
        both = self._draws.runnable and self._trainings.runnable
        began = self._clock()
        self._turns.take(lane)
        if lane is self._captions:
            return
        spent = self._clock() - began
        self._share.spent(spent, training=lane is self._trainings, both=both)
