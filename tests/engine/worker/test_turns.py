"""Steps that requests make together: who is in one, who fails of it, who is next."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from engine.protocol import Cancel, Cancelled, Done, Failed, Progress, Request
from engine.worker.work import Steps, Work
from tests.contract.requests import drawing, of_kind, training
from tests.engine.worker.served import Served


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


def test_requests_take_turns_in_their_places(served: Served) -> None:
    order: list[str] = []

    def run(request: Request) -> Steps:
        for _ in range(4):
            order.append(request.request_id)
            yield None

    served.serve(run, drawing("a"), drawing("b"), drawing("c"), ends=3)
    assert "".join(order) == "abababab" + "cccc"


def test_a_training_gets_its_share_and_never_two_steps_in_a_row(served: Served) -> None:
    order: list[str] = []

    def run(request: Request) -> Steps:
        for _ in range(60):
            order.append(request.request_id)
            served.now += 3.0 if request.request_id == "t" else 1.0
            yield None

    served.training_share = 0.25
    served.places = 1
    served.serve(run, drawing("a"), training("t"), ends=2)
    both = order[: order.index("a", 55) + 1]
    spent = {kind: both.count(kind) * cost for kind, cost in (("a", 1.0), ("t", 3.0))}
    assert spent["t"] / sum(spent.values()) == pytest.approx(0.25, abs=0.05)
    assert "tt" not in "".join(both)
    assert order[-30:] == ["t"] * 30  # alone it has all the time


def test_a_drawing_waits_for_one_training_step_however_long_it_waited(served: Served) -> None:
    order: list[str] = []

    def run(request: Request) -> Steps:
        for step in range(6):
            order.append(request.request_id)
            served.now += 1.0
            if request.request_id == "t" and step == 3:
                served.inbox.put(drawing("a"))
            yield None

    served.serve(run, training("t"), ends=2)
    assert "".join(order).startswith("ttttat") or "".join(order).startswith("ttttaa")


def test_requests_move_together_and_join_and_leave_at_any_step(served: Served) -> None:
    stand = Stand()
    served.places = 3
    run = working(stand, {"a": 2, "b": 4, "c": 3})
    served.serve(run, drawing("a"), drawing("b"), drawing("c"), ends=3)
    moved = [sorted(step) for step in stand.steps]
    assert moved == [["a", "b", "c"], ["a", "b", "c"], ["b", "c"], ["b"]]
    ends = [event.request_id for event in served.seen if isinstance(event, Done)]
    assert sorted(ends[:1] + ends[1:]) == ["a", "b", "c"]
    assert ends[0] == "a"


def test_who_is_left_out_of_a_full_batch_is_in_the_next(served: Served) -> None:
    stand = Stand(most=2)
    served.places = 4
    asks = [drawing(name) for name in "abcd"]
    served.serve(working(stand, dict.fromkeys("abcd", 3)), *asks, ends=4)
    assert len(stand.steps) == 6
    for pair in zip(stand.steps[::2], stand.steps[1::2], strict=True):
        assert sorted(name for step in pair for name in step) == list("abcd")


def test_cancelling_one_leaves_the_others_of_its_batch(served: Served) -> None:
    stand = Stand()
    inner = working(stand, {"a": 5, "b": 5})

    def run(request: Request) -> Steps:
        for said in inner(request):
            yield said
            if request.request_id == "a" and len(stand.steps) == 2:
                served.inbox.put(Cancel(request_id="b"))

    served.serve(run, drawing("a"), drawing("b"), ends=2)
    assert served.seen.count(Cancelled(request_id="b")) == 1
    assert served.seen[-1] == Done(request_id="a")
    assert [len(step) for step in stand.steps] == [2, 2, 1, 1, 1]


def test_who_breaks_a_batch_fails_alone(served: Served) -> None:
    stand = Stand()
    served.places = 3
    inner = working(stand, {"a": 3, "b": 3, "c": 3})

    def run(request: Request) -> Steps:
        for said in inner(request):
            if len(stand.steps) == 1:
                stand.broken = {"b"}
            yield said

    served.serve(run, drawing("a"), drawing("b"), drawing("c"), ends=3)
    [failed] = of_kind(served.seen, Failed)
    assert (failed.request_id, failed.key) == ("b", "engine.internal")
    assert sorted(e.request_id for e in of_kind(served.seen, Done)) == ["a", "c"]
    assert sorted(name for step in stand.steps for name in step) == list("aaabccc")


def test_a_bench_that_leaves_out_the_first_loses_nobody(served: Served) -> None:
    stand = Stand(most=0)
    served.serve(working(stand, {"a": 2}), drawing("a"), ends=1)
    [failed] = of_kind(served.seen, Failed)
    assert failed.facts == {"error": "ProtocolError"}
