"""The step loop in simulation: its own code and the easel's choice, with a clock moved by hand.

A step of eight pictures takes 5.4 times that of one, as measured elsewhere; what it draws does not
matter here. People arrive by chance (Poisson), some far more often than others (Zipf).
"""

from __future__ import annotations

import contextlib
import queue
from collections.abc import Iterator, Sequence
from types import SimpleNamespace
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.table import Measured
from engine.lora.layout import FlatLayout
from engine.lora.packed import Packed, PackedStyle
from engine.lora.style_slots import StyleSlots
from engine.memory.plan import GENEROUS
from engine.pictures.easel import MOST_PICTURES, Easel
from engine.pictures.recipe import Recipe
from engine.protocol import (
    Done,
    DrawRequest,
    Event,
    Ready,
    Request,
    Shutdown,
    Started,
    TrainRecipe,
    TrainRequest,
)
from engine.worker.loop import StepLoop
from engine.worker.runners import Workshop
from engine.worker.wire import LoopCommand
from engine.worker.work import Steps, Work

STEPS: Final = 25
ONE_S: Final = 0.042  # a step of one picture
EIGHT: Final = 5.4  # times that, a step of eight
TRAINING_S: Final = 0.4
PICTURES: Final = 1500
PLACES: Final = 8
READY: Final = Ready(version=1, device="cpu", base="b", base_sha256="", family="builtin")


def step_s(pictures: int) -> float:
    """Say how long a step of so many takes: a part that all share, and one for each."""
    each = (EIGHT - 1) / (MOST_PICTURES - 1)
    return ONE_S * (1 + each * (pictures - 1))


CAPACITY: Final = MOST_PICTURES / (STEPS * step_s(MOST_PICTURES))


class Drawn:
    """A picture that only counts its steps."""

    size = (1024, 1024)

    def __init__(self, owner: str) -> None:
        self.left = STEPS
        linears = Packed(key=owner, chunks=torch.zeros(1, 0), groups=frozenset())
        self.stack = ((PackedStyle(linears=linears), 1.0),)


class House:
    """The loop with simulated people, time and device."""

    def __init__(self, arrivals: Sequence[tuple[float, str]], *, training: bool = False) -> None:
        self.now = 0.0
        self.arrivals = list(enumerate(arrivals))
        self.began_at = {str(number): at for number, (at, _) in self.arrivals}
        self.took: list[float] = []
        self.ended_at: list[float] = []
        #: between two steps of drawings that follow each other, the longest time that was not one
        self.longest_gap = 0.0
        self._last_draw: float | None = None
        self.inbox: queue.SimpleQueue[LoopCommand] = queue.SimpleQueue()
        nothing = FlatLayout((), 1)
        slots = StyleSlots(nothing, nothing, MOST_PICTURES)
        base: Any = SimpleNamespace(unet=None, slots=slots, plan=GENEROUS)
        self._easel = Easel(base, most_pixels=MOST_PICTURES * 1024 * 1024)
        self.choose = self._easel.choose
        if training:
            recipe = TrainRecipe(steps=1)
            self.inbox.put(TrainRequest(request_id="t", name="t", drawings=(), recipe=recipe))

    def do(self, pictures: Sequence[Drawn]) -> None:
        """Let a step of the device pass."""
        if self._last_draw is not None:
            self.longest_gap = max(self.longest_gap, self.now - self._last_draw)
        self.now += step_s(len(pictures))
        self._last_draw = self.now
        for picture in pictures:
            picture.left -= 1
        self._arrive()

    def run(self, request: Request) -> Steps:
        """Serve one request."""
        if isinstance(request, TrainRequest):
            while self.arrivals:
                self.now += TRAINING_S
                self._arrive()
                yield None
            return
        picture = Drawn(request.owner)
        while picture.left:
            yield Work(bench=self, things=[picture])

    def send(self, event: Event) -> None:
        """Note when pictures end; then, when nobody is here, wait for the next to come."""
        if isinstance(event, Started) or not isinstance(event, Done):
            return
        if event.request_id != "t":
            self.took.append(self.now - self.began_at[event.request_id])
            self.ended_at.append(self.now)
        if len(self.took) == len(self.began_at):
            self.inbox.put(Shutdown())

    def serve(self) -> None:
        """Live to the last picture."""
        workshop = Workshop(ready=READY, run=self.run)
        loop = StepLoop(
            workshop,
            self.inbox,
            self.send,
            draws_at_once=PLACES,
            trainings_at_once=1,
            training_share=0.3,
            clock=lambda: self.now,
        )
        self.now = self.arrivals[0][1][0]
        self._arrive()
        loop.serve(self._idle)

    @contextlib.contextmanager
    def _idle(self) -> Iterator[None]:
        """After a turn, if nobody is left, let time pass to the next arrival."""
        yield
        waiting = len(self.began_at) - len(self.arrivals) - len(self.took)
        if not waiting and self.arrivals:
            self.now = max(self.now, self.arrivals[0][1][0])
            self._last_draw = None
            self._arrive()

    def _arrive(self) -> None:
        while self.arrivals and self.arrivals[0][1][0] <= self.now:
            number, (_, owner) = self.arrivals.pop(0)
            recipe = Recipe(prompt="", positive="", width=1024, height=1024)
            self.inbox.put(DrawRequest(request_id=str(number), recipes=(recipe,), owner=owner))


def people(users: int, rate: float) -> list[tuple[float, str]]:
    """Make arrivals with their owners; the times are the same for any number of users."""
    times = np.cumsum(np.random.default_rng(1).exponential(1 / rate, PICTURES))
    weights = 1 / np.arange(1, users + 1)
    owners = np.random.default_rng(2).choice(users, PICTURES, p=weights / weights.sum())
    return [(float(at), str(owner)) for at, owner in zip(times, owners, strict=True)]


def p95(took: Sequence[float] | NDArray[np.float64]) -> float:
    """Return the 95th percentile."""
    return float(np.percentile(took, 95))


def measure() -> list[Measured]:
    """Saturate the device, then load it to nine tenths, with many people and with few."""
    saturated = {users: House(people(users, 1.3 * CAPACITY)) for users in (20, 500)}
    loaded = {users: House(people(users, 0.9 * CAPACITY)) for users in (20, 500)}
    for house in (*saturated.values(), *loaded.values()):
        house.serve()
    busy = House(people(20, 0.5 * CAPACITY), training=True)
    busy.serve()
    rates = [len(house.took) / house.ended_at[-1] for house in saturated.values()]
    return [
        Measured(
            name="saturated, 500 and 20 users: pictures per second / capacity, the worse",
            value=min(rates) / CAPACITY,
            goal=0.95,
            side="at least",
        ),
        Measured(
            name="saturated: 95th percentile of the wait, 500 users / 20 users",
            value=p95(saturated[500].took) / p95(saturated[20].took),
            goal=1.1,
        ),
        Measured(
            name="at nine tenths of capacity: the same",
            value=p95(loaded[500].took) / p95(loaded[20].took),
            goal=1.1,
        ),
        Measured(
            name="longest wait of a drawing step for a running training / one training step",
            value=busy.longest_gap / TRAINING_S,
            goal=1.0 + 1e-9,
        ),
    ]
