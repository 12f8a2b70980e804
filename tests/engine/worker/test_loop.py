"""The step loop, without a process around it."""

from __future__ import annotations

import dataclasses
import threading
import weakref
from concurrent.futures import Future

import pytest
import torch

from engine.protocol import (
    Cancel,
    Cancelled,
    Done,
    Event,
    Failed,
    Progress,
    Request,
    Shutdown,
    Started,
)
from engine.worker.wire import Wake
from engine.worker.work import Steps, Wait
from tests.contract.requests import drawing, of_kind, training
from tests.engine.worker.served import Served


def test_the_loop_sleeps_until_another_thread_is_done(served: Served) -> None:
    order: list[str] = []
    slow: Future[str] = Future()
    slow.add_done_callback(lambda _: served.inbox.put(Wake()))

    def run(request: Request) -> Steps:
        if request.request_id == "a":
            yield Wait(slow)
            order.append(slow.result())
        else:
            for _ in range(3):
                order.append("b")
                yield None
            threading.Timer(0.05, slow.set_result, ["a"]).start()

    served.serve(run, drawing("a"), drawing("b"), ends=2)
    assert order == ["b", "b", "b", "a"]


def test_nobody_takes_a_second_place_while_another_waits(served: Served) -> None:
    def run(request: Request) -> Steps:
        for _ in range(3):
            yield None

    asks = [
        dataclasses.replace(drawing(name), owner=name[0]) for name in ("m1", "m2", "m3", "n1", "m4")
    ]
    served.serve(run, *asks, ends=5)
    assert [e.request_id for e in of_kind(served.seen, Started)] == ["m1", "n1", "m2", "m3", "m4"]


def test_a_second_training_begins_when_the_first_has_ended(served: Served) -> None:
    def run(request: Request) -> Steps:
        yield None

    served.serve(run, training("t"), training("u"), ends=2)
    assert served.seen == [
        Started(request_id="t"),
        Done(request_id="t"),
        Started(request_id="u"),
        Done(request_id="u"),
    ]


def test_a_cancelled_runner_is_closed_where_it_stands(served: Served) -> None:
    closed: list[str] = []

    def run(request: Request) -> Steps:
        try:
            while True:
                served.inbox.put(Cancel(request_id=request.request_id))
                yield None
        finally:
            closed.append(request.request_id)

    served.serve(run, drawing("a"), ends=1)
    assert closed == ["a"]
    assert served.seen == [Started(request_id="a"), Cancelled(request_id="a")]


def test_a_runner_that_fails_while_it_is_closed_is_cancelled_all_the_same(served: Served) -> None:
    def run(request: Request) -> Steps:
        try:
            served.inbox.put(Cancel(request_id=request.request_id))
            yield None
        finally:
            raise RuntimeError("cannot let go")

    served.serve(run, drawing("a"), ends=1)
    assert served.seen[-1] == Cancelled(request_id="a")


@pytest.mark.parametrize(
    "said",
    [Done(request_id="a"), Progress(request_id="other", step=1, steps=2)],
    ids=["terminal", "of another request"],
)
def test_a_runner_may_not_say_what_is_not_its_own(served: Served, said: Event) -> None:
    def run(request: Request) -> Steps:
        yield said

    served.serve(run, drawing("a"), ends=1)
    assert served.seen == [
        Started(request_id="a"),
        Failed(request_id="a", key="engine.internal", facts={"error": "ProtocolError"}),
    ]


def test_no_memory_and_leaving_libraries_fail_their_request_only(served: Served) -> None:
    class OutOfMemoryError(RuntimeError):
        """Named as torch's."""

    def run(request: Request) -> Steps:
        yield None
        raise {"a": OutOfMemoryError(), "b": MemoryError(), "c": SystemExit(1)}[request.request_id]

    served.serve(run, drawing("a"), drawing("b"), drawing("c"), ends=3)
    keys = {event.request_id: event.key for event in of_kind(served.seen, Failed)}
    assert keys == {"a": "engine.no_memory", "b": "engine.no_memory", "c": "engine.internal"}


def test_what_a_failed_request_held_is_let_go_before_the_tidying(served: Served) -> None:
    held: list[weakref.ref[torch.Tensor]] = []
    left: list[bool] = []
    served.tidy = lambda: left.extend(one() is not None for one in held)

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

    served.serve(run, drawing("a"), ends=1)
    assert left == [False, False]


def test_quick_progress_is_thinned_but_its_end_is_told(served: Served) -> None:
    def run(request: Request) -> Steps:
        yield Started(request_id=request.request_id)  # the loop has said so
        for step in (*range(1, 501), *[500] * 100):
            yield Progress(request_id=request.request_id, step=step, steps=500)
            yield None

    served.serve(run, drawing("a"), ends=1)
    assert len(of_kind(served.seen, Started)) == 1
    steps = [event.step for event in of_kind(served.seen, Progress)]
    assert steps[0] == 1
    assert steps[-1] == 500
    assert len(steps) < 50
    assert steps.count(500) < 5


def test_shutdown_closes_what_runs_without_a_word(served: Served) -> None:
    closed: list[str] = []

    def run(request: Request) -> Steps:
        try:
            served.inbox.put(Shutdown())
            yield None
        finally:
            closed.append(request.request_id)

    served.serve(run, drawing("a"), ends=1)
    assert closed == ["a"]
    assert served.seen == [Started(request_id="a")]


def test_the_same_request_twice_is_ignored(served: Served) -> None:
    def run(request: Request) -> Steps:
        yield None

    served.serve(run, drawing("a"), drawing("a"), ends=1)
    assert served.seen == [Started(request_id="a"), Done(request_id="a")]
