"""One turn of a lane: the next request goes on by itself, or makes a step together with others."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from engine.errors import JobFailed, ProtocolError
from engine.protocol import TERMINAL, Done, Event, Failed
from engine.worker.failures import describe, forget_frames
from engine.worker.lane import Lane, Running
from engine.worker.work import Bench, Wait, Work

log = logging.getLogger(__name__)

Send = Callable[[Event], None]


class Turns:
    """Makes turns; whatever goes wrong in one ends the request that it went wrong for, alone."""

    def __init__(self, send: Send, tidy: Callable[[], object]) -> None:
        self._send = send
        #: frees what a failed request held
        self._tidy = tidy

    def take(self, lane: Lane) -> None:
        """Let the lane's next request have its turn; nothing happens when none can go on."""
        running = lane.take()
        if running is None:
            return
        if isinstance(running.wants, Work):
            self._step(lane, running, running.wants.bench)
        else:
            self._resume(lane, running)

    def close(self, running: Running) -> None:
        """End a request where it stands."""
        try:
            running.steps.close()
        except Exception:
            log.exception("request %s did not end cleanly", running.request_id)

    def _resume(self, lane: Lane, running: Running) -> None:
        """Run on to what it wants next, or to the end of its own step; tell its events."""
        running.wants = None
        try:
            for said in running.steps:
                if said is None or isinstance(said, (Work, Wait)):
                    running.wants = said
                    lane.running.append(running)
                    return
                self._tell(running, said)
            self._send(Done(request_id=running.request_id))
        except (Exception, SystemExit) as error:  # noqa: BLE001 - the others go on
            self._fail(running, error)

    def _step(self, lane: Lane, first: Running, bench: Bench) -> None:
        """Make one step for the first and its mates; who has moved goes to the end of the line."""
        mates = [first, *lane.waiting_for(bench)]
        moved: dict[Running, Sequence[Any]] = {first: _things(first)}
        try:
            chosen = bench.choose([_things(running) for running in mates])
            parts = _parts(chosen, mates)
            if first not in parts:
                raise ProtocolError("a bench left out who was first")
            moved = parts
            bench.do(chosen)
            failed: dict[Running, BaseException] = {}
        except (Exception, SystemExit) as error:  # noqa: BLE001 - the others go on
            failed = {first: error} if len(moved) == 1 else _alone(bench, moved, error)
        for running in moved:
            running.wants = None
            if running is not first:
                lane.running.remove(running)
            if running in failed:
                self._fail(running, failed[running])
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
        self.close(running)
        self._send(Failed(request_id=running.request_id, key=key, facts=facts))
        forget_frames(error)
        self._tidy()


def _things(running: Running) -> Sequence[Any]:
    return running.wants.things if isinstance(running.wants, Work) else ()


def _parts(chosen: Sequence[Any], mates: Sequence[Running]) -> dict[Running, Sequence[Any]]:
    """Tell whose the chosen things are; who has none among them is left out."""
    own = {
        running: [thing for thing in chosen if any(thing is one for one in _things(running))]
        for running in mates
    }
    return {running: things for running, things in own.items() if things}


def _alone(
    bench: Bench, parts: Mapping[Running, Sequence[Any]], error: BaseException
) -> dict[Running, BaseException]:
    """Find out whom a batch failed for: let each make its step alone, and collect the errors."""
    log.warning("a step of %d requests failed, each is tried alone", len(parts), exc_info=error)
    forget_frames(error)
    failed: dict[Running, BaseException] = {}
    for running, things in parts.items():
        try:
            bench.do(things)
        except (Exception, SystemExit) as own:  # noqa: BLE001 - the others go on
            failed[running] = own
    return failed
