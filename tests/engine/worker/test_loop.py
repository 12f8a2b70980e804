"""The step loop, without a process around it."""

from __future__ import annotations

import contextlib
import gc
import queue
import weakref
from collections.abc import Callable

import pytest
import torch

from engine.protocol import (
    TERMINAL,
    Cancel,
    Cancelled,
    Done,
    Event,
    Failed,
    Progress,
    Ready,
    Request,
    Shutdown,
    Started,
)
from engine.worker.loop import DRAW_STEPS_PER_TRAINING_STEP, StepLoop
from engine.worker.runners import Steps, Workshop
from engine.worker.wire import LoopCommand
from tests.contract.requests import drawing, of_kind, training

READY = Ready(version=1, device="cpu", base="b", base_sha256="", family="builtin")


class Bench:
    """A loop with its commands put in by hand; it is shut down after `ends` terminal messages."""

    def __init__(self) -> None:
        self.inbox: queue.SimpleQueue[LoopCommand] = queue.SimpleQueue()
        self.seen: list[Event] = []
        self.tidy: Callable[[], object] = gc.collect

    def serve(self, run: Callable[[Request], Steps], *commands: LoopCommand, ends: int) -> None:
        """Serve the commands to their end."""

        def send(event: Event) -> None:
            self.seen.append(event)
            if sum(isinstance(event, TERMINAL) for event in self.seen) == ends:
                self.inbox.put(Shutdown())

        workshop = Workshop(ready=READY, run=run, tidy=self.tidy)
        loop = StepLoop(workshop, self.inbox, send, draws_at_once=2, trainings_at_once=1)
        for command in commands:
            self.inbox.put(command)
        loop.serve(contextlib.nullcontext)


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_kinds_and_requests_take_turns(bench: Bench) -> None:
    order: list[str] = []

    def run(request: Request) -> Steps:
        for _ in range(8):
            order.append(request.request_id)
            yield None

    asks = (drawing("a"), drawing("b"), drawing("c"), training("t"))
    bench.serve(run, *asks, ends=4)
    # two places for drawings, and each kind's share
    assert DRAW_STEPS_PER_TRAINING_STEP == 2
    assert "".join(order[:12]) == "abtabtabtabt"
    assert [e.request_id for e in of_kind(bench.seen, Started)] == ["a", "b", "t", "c"]
    assert sorted(order) == sorted("a" * 8 + "b" * 8 + "c" * 8 + "t" * 8)


def test_a_second_training_begins_when_the_first_has_ended(bench: Bench) -> None:
    def run(request: Request) -> Steps:
        yield None

    bench.serve(run, training("t"), training("u"), ends=2)
    assert bench.seen == [
        Started(request_id="t"),
        Done(request_id="t"),
        Started(request_id="u"),
        Done(request_id="u"),
    ]


def test_a_cancelled_runner_is_closed_where_it_stands(bench: Bench) -> None:
    closed: list[str] = []

    def run(request: Request) -> Steps:
        try:
            while True:
                bench.inbox.put(Cancel(request_id=request.request_id))
                yield None
        finally:
            closed.append(request.request_id)

    bench.serve(run, drawing("a"), ends=1)
    assert closed == ["a"]
    assert bench.seen == [Started(request_id="a"), Cancelled(request_id="a")]


def test_a_runner_that_fails_while_it_is_closed_is_cancelled_all_the_same(bench: Bench) -> None:
    def run(request: Request) -> Steps:
        try:
            bench.inbox.put(Cancel(request_id=request.request_id))
            yield None
        finally:
            raise RuntimeError("cannot let go")

    bench.serve(run, drawing("a"), ends=1)
    assert bench.seen[-1] == Cancelled(request_id="a")


@pytest.mark.parametrize(
    "said",
    [Done(request_id="a"), Progress(request_id="other", step=1, steps=2)],
    ids=["terminal", "of another request"],
)
def test_a_runner_may_not_say_what_is_not_its_own(bench: Bench, said: Event) -> None:
    def run(request: Request) -> Steps:
        yield said

    bench.serve(run, drawing("a"), ends=1)
    assert bench.seen == [
        Started(request_id="a"),
        Failed(request_id="a", key="engine.internal", facts={"error": "ProtocolError"}),
    ]


def test_no_memory_and_leaving_libraries_fail_their_request_only(bench: Bench) -> None:
    class OutOfMemoryError(RuntimeError):
        """Named as torch's."""

    def run(request: Request) -> Steps:
        yield None
        raise {"a": OutOfMemoryError(), "b": MemoryError(), "c": SystemExit(1)}[request.request_id]

    bench.serve(run, drawing("a"), drawing("b"), drawing("c"), ends=3)
    keys = {event.request_id: event.key for event in of_kind(bench.seen, Failed)}
    assert keys == {"a": "engine.no_memory", "b": "engine.no_memory", "c": "engine.internal"}


def test_what_a_failed_request_held_is_let_go_before_the_tidying(bench: Bench) -> None:
    held: list[weakref.ref[torch.Tensor]] = []
    left: list[bool] = []
    bench.tidy = lambda: left.extend(one() is not None for one in held)

    def allocate() -> None:
        big = torch.zeros(8)
        held.append(weakref.ref(big))
        raise MemoryError

    def run(request: Request) -> Steps:
        yield None
        weights = torch.zeros(8)
        held.append(weakref.ref(weights))
        try:
            allocate()
        except MemoryError as error:
            raise RuntimeError("no step") from error

    bench.serve(run, drawing("a"), ends=1)
    assert left == [False, False]


def test_quick_progress_is_thinned_but_its_end_is_told(bench: Bench) -> None:
    def run(request: Request) -> Steps:
        yield Started(request_id=request.request_id)  # the loop has said so
        for step in (*range(1, 501), *[500] * 100):
            yield Progress(request_id=request.request_id, step=step, steps=500)

    bench.serve(run, drawing("a"), ends=1)
    assert len(of_kind(bench.seen, Started)) == 1
    steps = [event.step for event in of_kind(bench.seen, Progress)]
    assert steps[0] == 1
    assert steps[-1] == 500
    assert len(steps) < 50
    assert steps.count(500) < 5


def test_shutdown_closes_what_runs_without_a_word(bench: Bench) -> None:
    closed: list[str] = []

    def run(request: Request) -> Steps:
        try:
            bench.inbox.put(Shutdown())
            yield None
        finally:
            closed.append(request.request_id)

    bench.serve(run, drawing("a"), ends=1)
    assert closed == ["a"]
    assert bench.seen == [Started(request_id="a")]


def test_the_same_request_twice_is_ignored(bench: Bench) -> None:
    def run(request: Request) -> Steps:
        yield None

    bench.serve(run, drawing("a"), drawing("a"), ends=1)
    assert bench.seen == [Started(request_id="a"), Done(request_id="a")]
