"""An engine without a process and without torch, for the tests of everything above it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from engine.errors import EngineDied, JobFailed, StartRefused, facts_of
from engine.flights import Flight, Flights
from engine.framing import encode
from engine.outbox import Outbox
from engine.protocol import (
    TERMINAL,
    VERSION,
    Cancelled,
    Captioned,
    CaptionRequest,
    Done,
    DrawRequest,
    Event,
    Failed,
    Lost,
    Progress,
    Ready,
    Request,
    Started,
    TrainRequest,
)
from engine.scripted import Cue, Pause, play

FAKE_READY = Ready(
    version=VERSION, device="cpu", base="builtin", base_sha256="f" * 64, family="builtin"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeScript:
    """How a fake engine behaves."""

    outbox: Path
    ready: Ready = field(default=FAKE_READY)
    #: other bases that `switch` may ask for; a refusal is raised
    others: Mapping[Path, Ready | StartRefused] = field(default_factory=dict[Path, Ready])
    draws_at_once: int = 4
    trainings_at_once: int = 1


class FakeEngine:
    """`EngineClient` inside the bot's process; also obeys the words of `engine.scripted`.

    `submitted` and `cancelled` tell what was asked for. `hold` stops requests at a step, `reached`
    waits for that, `release` lets them go on. `die` loses everything in flight. Captions, which the
    bot asks for by itself, are kept apart from all this: `captions_asked`, `hold_captions`.
    """

    def __init__(self, script: FakeScript) -> None:
        self.submitted: list[DrawRequest | TrainRequest] = []
        #: ids that `cancel` was called for, and ids whose caller left early
        self.cancelled: list[str] = []
        self.captions_asked: list[CaptionRequest] = []
        #: what `switch` was asked for, and each request with the base that it was begun on
        self.switched: list[Path] = []
        self.begun_on: list[tuple[str, str]] = []
        self._base: Path | None = None
        self._ready = script.ready
        self._script = script
        self._outbox = Outbox(script.outbox)
        self._flights = Flights(self._outbox)
        self._players: dict[str, asyncio.Task[None]] = {}
        self._slots = {
            DrawRequest: asyncio.Semaphore(script.draws_at_once),
            TrainRequest: asyncio.Semaphore(script.trainings_at_once),
            CaptionRequest: asyncio.Semaphore(1),
        }
        self._captions_held_after: int | None = None
        self._captions_released = asyncio.Event()
        self._captions_failure: JobFailed | None = None
        self._up = False
        self._started = False
        self._closed = False
        self._refusal: StartRefused | None = None
        self._failures: list[JobFailed] = []
        self._hold_at: int | None = None
        self._released = asyncio.Event()
        self._arrivals: dict[str, asyncio.Event] = {}

    @property
    def ready(self) -> Ready:
        """The handshake."""
        if not self._started:
            raise EngineDied("the engine was never started")
        return self._ready

    @property
    def serving(self) -> bool:
        """Whether it was started, and has not died since."""
        return self._up

    @property
    def base(self) -> Path | None:
        """What `switch` chose last."""
        return self._base

    @property
    def refusal(self) -> StartRefused | None:
        """What `refuse_start` asked for."""
        return self._refusal

    async def start(self) -> None:
        """Serve requests, or raise what `refuse_start` asked for."""
        if self._closed:
            raise EngineDied("the engine was closed")
        if self._script.ready.version != VERSION:
            self.refuse_start("engine.version", theirs=self._script.ready.version, ours=VERSION)
        if self._refusal is not None:
            for request_id in tuple(self._flights.waiting):
                self._flights.end_waiting(self._refused(request_id, self._refusal))
            raise self._refusal
        self._outbox.open()
        self._up = self._started = True
        self._board()

    async def switch(self, base: Path) -> None:
        """Serve with another of the script's bases."""
        self.switched.append(base)
        with self._flights.grounded():
            await self._flights.landed()
        ready = self._script.others.get(base, self._script.ready)
        if isinstance(ready, Ready):
            self._base, self._ready = base, ready
        self._board()
        if isinstance(ready, StartRefused):
            raise ready

    async def submit(self, request: Request) -> AsyncGenerator[Event, None]:
        """Play the request; see `EngineClient.submit`."""
        flight = self._flights.book(request)
        if isinstance(request, CaptionRequest):
            self.captions_asked.append(request)
        else:
            self.submitted.append(request)
        if self._closed:
            self._flights.end_waiting(Lost(request_id=request.request_id))
        elif self._refusal is not None:
            self._flights.end_waiting(self._refused(request.request_id, self._refusal))
        self._board()
        try:
            event = await flight.next()
            while not isinstance(event, TERMINAL):
                yield event
                event = await flight.next()
            yield event
        finally:
            if self._flights.leave(flight):
                self._stop(flight.request_id)

    async def cancel(self, request_id: str) -> None:
        """End the request as `Cancelled`."""
        self._flights.end_waiting(Cancelled(request_id=request_id))
        self._stop(request_id)

    async def aclose(self) -> None:
        """Lose what is in flight."""
        self._closed = True
        self.die(restart=False)
        for request_id in tuple(self._flights.waiting):
            self._flights.end_waiting(Lost(request_id=request_id))
        await asyncio.gather(*self._players.values(), return_exceptions=True)

    # --- what a test controls ---------------------------------------------------------------

    def hold(self, *, at_step: int = 0) -> None:
        """Stop every request when its progress reaches a step; 0 is right after `Started`."""
        self._hold_at = at_step
        self._released = asyncio.Event()

    async def reached(self, request_id: str) -> None:
        """Wait until the request stands still at the hold."""
        await self._arrivals.setdefault(request_id, asyncio.Event()).wait()

    def release(self) -> None:
        """Let all held requests go on, and hold no others."""
        self._hold_at = None
        self._released.set()

    def hold_captions(self, *, after: int) -> None:
        """Stop every request for captions when so many are told."""
        self._captions_held_after = after
        self._captions_released = asyncio.Event()

    def release_captions(self) -> None:
        """Let them go on, and hold no others."""
        self._captions_held_after = None
        self._captions_released.set()

    def fail_captions(self, key: str, **facts: str | int | float) -> None:
        """Let the one that is held fail, and hold no others."""
        self._captions_failure = JobFailed(key, **facts)
        self.release_captions()

    def fail_next(self, key: str, **facts: str | int | float) -> None:
        """Let the next request that starts fail; several calls queue up."""
        self._failures.append(JobFailed(key, **facts))

    def refuse_start(self, key: str, **facts: str | int | float) -> None:
        """Let `start` raise, and submissions fail, with this reason."""
        self._refusal = StartRefused(key, **facts)

    def die(self, *, restart: bool = True) -> None:
        """Lose every request in flight; without `restart`, new ones wait for `start`."""
        self._up = False
        for task in self._players.values():
            task.cancel()
        self._flights.lose()
        self._up = restart and not self._closed
        self._board()

    def _board(self) -> None:
        if not self._up:
            return
        for flight in self._flights.board():
            task = asyncio.create_task(self._fly(flight))
            self._players[flight.request_id] = task
            task.add_done_callback(lambda done, id_=flight.request_id: self._land(id_, done))

    def _land(self, request_id: str, task: asyncio.Task[None]) -> None:
        if self._players.get(request_id) is task:
            del self._players[request_id]
        self._board()  # one of the same id may wait behind it

    def _stop(self, request_id: str) -> None:
        self.cancelled.append(request_id)
        if task := self._players.get(request_id):
            self._flights.deliver(Cancelled(request_id=request_id))
            task.cancel()

    async def _fly(self, flight: Flight) -> None:
        request_id = flight.request_id
        async with self._slots[type(flight.request)]:
            try:
                await self._perform(flight)
                self._deliver(flight, Done(request_id=request_id))
            except JobFailed as error:
                failed = Failed(request_id=request_id, key=error.key, facts=facts_of(error))
                self._deliver(flight, failed)
            except Exception as error:  # noqa: BLE001 - one request's bug must not reach the others
                facts = {"error": type(error).__name__}
                self._deliver(
                    flight, Failed(request_id=request_id, key="engine.internal", facts=facts)
                )

    async def _perform(self, flight: Flight) -> None:
        encode(flight.request)  # what no wire could carry fails here too
        self._deliver(flight, Started(request_id=flight.request_id))
        self.begun_on.append((flight.request_id, self._ready.base))
        if not isinstance(flight.request, CaptionRequest):
            if self._failures:
                raise self._failures.pop(0)
            await self._pass_hold(flight.request_id, 0)
        for happening in play(flight.request, self._outbox):
            match happening:
                case Pause(seconds=seconds):
                    await asyncio.sleep(seconds)
                case Cue.CRASH:
                    self.die()
                    await asyncio.sleep(0)  # this task is cancelled here
                case Cue.PRINT:
                    pass
                case Captioned():
                    await self._pass_caption_hold(happening)
                    self._deliver(flight, happening)
                case event:
                    self._deliver(flight, event)
                    if isinstance(event, Progress):
                        await self._pass_hold(flight.request_id, event.step)

    async def _pass_hold(self, request_id: str, step: int) -> None:
        if self._hold_at is not None and step >= self._hold_at:
            self._arrivals.setdefault(request_id, asyncio.Event()).set()
            await self._released.wait()

    async def _pass_caption_hold(self, event: Captioned) -> None:
        if self._captions_held_after is not None and event.index >= self._captions_held_after:
            await self._captions_released.wait()
            failure, self._captions_failure = self._captions_failure, None
            if failure is not None:
                raise failure

    def _deliver(self, flight: Flight, event: Event) -> None:
        # a retry of the same id may be aboard already: what an earlier life says is for nobody
        if self._flights.aboard.get(flight.request_id) is flight:
            self._flights.deliver(event)
        else:
            self._outbox.discard(event)

    @staticmethod
    def _refused(request_id: str, refusal: StartRefused) -> Failed:
        return Failed(request_id=request_id, key=refusal.key, facts=facts_of(refusal))
