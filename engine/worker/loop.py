"""The step loop: many requests side by side, one step of one of them at a time."""

from __future__ import annotations

import contextlib
import logging
import queue
import time
from collections import deque
from collections.abc import Callable

from engine.errors import JobFailed, ProtocolError
from engine.protocol import (
    TERMINAL,
    Cancel,
    Cancelled,
    Done,
    DrawRequest,
    Event,
    Failed,
    Progress,
    Request,
    Shutdown,
    Started,
    TrainRequest,
)
from engine.worker.failures import describe, forget_frames
from engine.worker.runners import Steps, Workshop
from engine.worker.wire import LoopCommand

log = logging.getLogger(__name__)

#: People wait for drawings; a training has time. Steps of draws per step of training.
DRAW_STEPS_PER_TRAINING_STEP = 2
PROGRESS_EVERY_S = 0.2

Send = Callable[[Event], None]


class Running:
    """A request that has begun."""

    def __init__(self, request: Request, steps: Steps) -> None:
        self.request_id = request.request_id
        self.steps = steps
        self._told_at = float("-inf")
        self._told_step = -1

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
    """Requests of one kind: some run in turn, the others wait for a place."""

    def __init__(self, places: int) -> None:
        self.waiting: deque[Request] = deque()
        self.running: deque[Running] = deque()
        self._places = places

    def admit(self) -> Request | None:
        """Take out the next that may begin."""
        if self.waiting and len(self.running) < self._places:
            return self.waiting.popleft()
        return None

    @property
    def empty(self) -> bool:
        """Whether there is nothing to do here."""
        return not (self.waiting or self.running)

    def holds(self, request_id: str) -> bool:
        """Whether the request waits or runs here."""
        return any(entry.request_id == request_id for entry in (*self.waiting, *self.running))


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
    ) -> None:
        self._workshop = workshop
        self._inbox = inbox
        self._send = send
        self._draws = Lane(draws_at_once)
        self._trainings = Lane(trainings_at_once)
        self._draw_steps_in_a_row = 0

    def serve(self, on_step: Callable[[], contextlib.AbstractContextManager[object]]) -> None:
        """Work until `Shutdown`; every step runs inside `on_step()`."""
        while self._obey_commands():
            self._begin_waiting()
            lane = self._lane_to_serve()
            if lane is not None:
                with on_step():
                    self._step(lane)
        for lane in (self._draws, self._trainings):
            for running in lane.running:
                self._close(running)

    # --- commands ---------------------------------------------------------------------------

    def _obey_commands(self) -> bool:
        """Obey all that has come, waiting for one when idle; False on `Shutdown`."""
        idle = self._draws.empty and self._trainings.empty
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
            case Cancel(request_id=request_id):
                self._cancel(request_id)
            case Shutdown():
                return False
        return True

    def _queue(self, request: Request, lane: Lane) -> None:
        if any(known.holds(request.request_id) for known in (self._draws, self._trainings)):
            log.error("request %s came twice; the second is ignored", request.request_id)
            return
        lane.waiting.append(request)

    def _cancel(self, request_id: str) -> None:
        for lane in (self._draws, self._trainings):
            if not lane.holds(request_id):
                continue
            for running in [r for r in lane.running if r.request_id == request_id]:
                lane.running.remove(running)
                self._close(running)
            for request in [r for r in lane.waiting if r.request_id == request_id]:
                lane.waiting.remove(request)
            self._send(Cancelled(request_id=request_id))

    # --- steps ------------------------------------------------------------------------------

    def _begin_waiting(self) -> None:
        for lane in (self._draws, self._trainings):
            while (request := lane.admit()) is not None:
                self._send(Started(request_id=request.request_id))
                lane.running.append(Running(request, self._workshop.run(request)))

    def _lane_to_serve(self) -> Lane | None:
        """Choose between the kinds; None when nothing has begun."""
        draws, trainings = self._draws, self._trainings
        if not trainings.running:
            return draws if draws.running else None
        if draws.running and self._draw_steps_in_a_row < DRAW_STEPS_PER_TRAINING_STEP:
            return draws
        return trainings

    def _step(self, lane: Lane) -> None:
        """Do one step of the lane's next request, then send it to the end of the line."""
        self._draw_steps_in_a_row = self._draw_steps_in_a_row + 1 if lane is self._draws else 0
        running = lane.running.popleft()
        try:
            event = next(running.steps)
            if event is not None:
                self._tell(running, event)
        except StopIteration:
            self._send(Done(request_id=running.request_id))
        except (Exception, SystemExit) as error:  # noqa: BLE001 - the others go on
            self._fail(running, error)
        else:
            lane.running.append(running)

    def _tell(self, running: Running, event: Event) -> None:
        if isinstance(event, TERMINAL) or event.request_id != running.request_id:
            raise ProtocolError(f"a runner may not say {event}")
        if running.is_news(event):
            self._send(event)

    def _fail(self, running: Running, error: BaseException) -> None:
        if isinstance(error, JobFailed):
            log.warning("request %s failed: %s", running.request_id, error)
        else:
            log.error("request %s failed", running.request_id, exc_info=error)
        key, facts = describe(error)
        self._close(running)
        self._send(Failed(request_id=running.request_id, key=key, facts=facts))
        forget_frames(error)
        self._workshop.tidy()

    def _close(self, running: Running) -> None:
        try:
            running.steps.close()
        except Exception:
            log.exception("request %s did not end cleanly", running.request_id)
