"""The step loop, without a process around it."""

from __future__ import annotations

import contextlib
import dataclasses
import gc
import queue
import threading
import weakref
from collections.abc import Callable, Sequence
from concurrent.futures import Future

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
from engine.worker.loop import StepLoop
from engine.worker.runners import Workshop
from engine.worker.wire import LoopCommand, Wake
from engine.worker.work import Steps, Wait, Work
from tests.contract.requests import drawing, of_kind, training

READY = Ready(version=1, device="cpu", base="b", base_sha256="", family="builtin")


class Bench:
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


@pytest.fixture
def bench() -> Bench:
    return Bench()


class Stand:
    """A bench that counts: everything is a list of the steps it was in."""

    def __init__(self, most: int = 8) -> None:
        self.most = most
        self.steps: list[list[str]] = []
        self.broken: set[str] = set()

    def choose(self, waiting: Sequence[Sequence[Thing]]) -> list[Thing]:
        return [thing for things in waiting for thing in things][: self.most]

    def do(self, things: Sequence[Thing]) -> None:
        if self.broken & {thing.name for thing in things}:
            raise RuntimeError("broken")
        self.steps.append([thing.name for thing in things])
        for thing in things:
            thing.left -= 1


class Thing:
    """Something that is done after so many steps."""

    def __init__(self, name: str, left: int) -> None:
        self.name = name
        self.left = left


def working(stand: Stand, steps: dict[str, int]) -> Callable[[Request], Steps]:
    def run(request: Request) -> Steps:
        thing = Thing(request.request_id, steps[request.request_id])
        while thing.left:
            yield Work(bench=stand, things=[thing])
            yield Progress(request_id=request.request_id, step=thing.left, steps=9)

    return run


def test_requests_take_turns_in_their_places(bench: Bench) -> None:
    order: list[str] = []

    def run(request: Request) -> Steps:
        for _ in range(4):
            order.append(request.request_id)
            yield None

    bench.serve(run, drawing("a"), drawing("b"), drawing("c"), ends=3)
    assert "".join(order) == "abababab" + "cccc"


def test_a_training_gets_its_share_and_never_two_steps_in_a_row(bench: Bench) -> None:
    order: list[str] = []

    def run(request: Request) -> Steps:
        for _ in range(60):
            order.append(request.request_id)
            bench.now += 3.0 if request.request_id == "t" else 1.0
            yield None

    bench.training_share = 0.25
    bench.places = 1
    bench.serve(run, drawing("a"), training("t"), ends=2)
    both = order[: order.index("a", 55) + 1]
    spent = {kind: both.count(kind) * cost for kind, cost in (("a", 1.0), ("t", 3.0))}
    assert spent["t"] / sum(spent.values()) == pytest.approx(0.25, abs=0.05)
    assert "tt" not in "".join(both)
    assert order[-30:] == ["t"] * 30  # alone it has all the time


def test_a_drawing_waits_for_one_training_step_however_long_it_waited(bench: Bench) -> None:
    order: list[str] = []

    def run(request: Request) -> Steps:
        for step in range(6):
            order.append(request.request_id)
            bench.now += 1.0
            if request.request_id == "t" and step == 3:
                bench.inbox.put(drawing("a"))
            yield None

    bench.serve(run, training("t"), ends=2)
    assert "".join(order).startswith("ttttat") or "".join(order).startswith("ttttaa")


def test_requests_move_together_and_join_and_leave_at_any_step(bench: Bench) -> None:
    stand = Stand()
    bench.places = 3
    run = working(stand, {"a": 2, "b": 4, "c": 3})
    bench.serve(run, drawing("a"), drawing("b"), drawing("c"), ends=3)
    moved = [sorted(step) for step in stand.steps]
    assert moved == [["a", "b", "c"], ["a", "b", "c"], ["b", "c"], ["b"]]
    ends = [event.request_id for event in bench.seen if isinstance(event, Done)]
    assert sorted(ends[:1] + ends[1:]) == ["a", "b", "c"]
    assert ends[0] == "a"


def test_who_is_left_out_of_a_full_batch_is_in_the_next(bench: Bench) -> None:
    stand = Stand(most=2)
    bench.places = 4
    asks = [drawing(name) for name in "abcd"]
    bench.serve(working(stand, dict.fromkeys("abcd", 3)), *asks, ends=4)
    assert len(stand.steps) == 6
    for pair in zip(stand.steps[::2], stand.steps[1::2], strict=True):
        assert sorted(name for step in pair for name in step) == list("abcd")


def test_cancelling_one_leaves_the_others_of_its_batch(bench: Bench) -> None:
    stand = Stand()
    inner = working(stand, {"a": 5, "b": 5})

    def run(request: Request) -> Steps:
        for said in inner(request):
            yield said
            if request.request_id == "a" and len(stand.steps) == 2:
                bench.inbox.put(Cancel(request_id="b"))

    bench.serve(run, drawing("a"), drawing("b"), ends=2)
    assert bench.seen.count(Cancelled(request_id="b")) == 1
    assert bench.seen[-1] == Done(request_id="a")
    assert [len(step) for step in stand.steps] == [2, 2, 1, 1, 1]


def test_who_breaks_a_batch_fails_alone(bench: Bench) -> None:
    stand = Stand()
    bench.places = 3
    inner = working(stand, {"a": 3, "b": 3, "c": 3})

    def run(request: Request) -> Steps:
        for said in inner(request):
            if len(stand.steps) == 1:
                stand.broken = {"b"}
            yield said

    bench.serve(run, drawing("a"), drawing("b"), drawing("c"), ends=3)
    [failed] = of_kind(bench.seen, Failed)
    assert (failed.request_id, failed.key) == ("b", "engine.internal")
    assert sorted(e.request_id for e in of_kind(bench.seen, Done)) == ["a", "c"]
    assert sorted(name for step in stand.steps for name in step) == list("aaabccc")


def test_the_loop_sleeps_until_another_thread_is_done(bench: Bench) -> None:
    order: list[str] = []
    slow: Future[str] = Future()
    slow.add_done_callback(lambda _: bench.inbox.put(Wake()))

    def run(request: Request) -> Steps:
        if request.request_id == "a":
            yield Wait(slow)
            order.append(slow.result())
        else:
            for _ in range(3):
                order.append("b")
                yield None
            threading.Timer(0.05, slow.set_result, ["a"]).start()

    bench.serve(run, drawing("a"), drawing("b"), ends=2)
    assert order == ["b", "b", "b", "a"]


def test_nobody_takes_a_second_place_while_another_waits(bench: Bench) -> None:
    def run(request: Request) -> Steps:
        for _ in range(3):
            yield None

    asks = [
        dataclasses.replace(drawing(name), owner=name[0]) for name in ("m1", "m2", "m3", "n1", "m4")
    ]
    bench.serve(run, *asks, ends=5)
    assert [e.request_id for e in of_kind(bench.seen, Started)] == ["m1", "n1", "m2", "m3", "m4"]


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
            yield None

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
