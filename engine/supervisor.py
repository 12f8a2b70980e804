"""The engine as one child process, watched and started again when it dies."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import logging
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

from engine.backoff import Backoff
from engine.child import Child
from engine.client import EngineSettings
from engine.errors import (
    EngineDied,
    ProtocolError,
    StartDied,
    StartHindered,
    StartKilled,
    StartRefused,
    facts_of,
)
from engine.flights import Flights
from engine.heart import Heart
from engine.outbox import Outbox
from engine.protocol import (
    TERMINAL,
    TOLD,
    Cancel,
    Cancelled,
    Event,
    Failed,
    Lost,
    Message,
    Pong,
    Ready,
    Request,
)

log = logging.getLogger(__name__)

#: The setting that a start time-out tells the host to raise.
START_TIMEOUT_SETTING = "ENGINE_START_TIMEOUT_S"
#: So many deaths before the handshake in a row, and waiting requests are told.
_EARLY_DEATHS_MOST = 5


class ProcessEngine:
    """`EngineClient` over `python -m engine.worker`.

    `command` replaces the child's command line (tests).
    """

    def __init__(self, settings: EngineSettings, *, command: Sequence[str] | None = None) -> None:
        self._settings = settings
        self._command = command
        self._outbox = Outbox(settings.outbox)
        self._flights = Flights(self._outbox)
        self._backoff = Backoff(settings.restart_first_s, settings.restart_most_s)
        self._ready: Ready | None = None
        self._base: Path | None = None
        self._swept = False
        #: there is one only between its handshake and its end
        self._child: Child | None = None
        self._refusal: StartRefused | None = None
        self._early_deaths = 0
        self._supervision: asyncio.Task[None] | None = None
        #: set while requests are served, or refused: there is an answer for `start`
        self._answered = asyncio.Event()
        self._served_since: float | None = None
        self._closed = False

    @property
    def ready(self) -> Ready:
        """The last handshake."""
        if self._ready is None:
            raise EngineDied("the engine has not been ready yet")
        return self._ready

    @property
    def serving(self) -> bool:
        """Whether there is a child that said that it is ready."""
        return self._child is not None

    @property
    def base(self) -> Path | None:
        """What `switch` chose last."""
        return self._base

    @property
    def refusal(self) -> StartRefused | None:
        """Why the last start failed, until one works."""
        return self._refusal

    @property
    def pid(self) -> int | None:
        """The process that serves now, if there is one."""
        return self._child.pid if self._child else None

    async def start(self) -> None:
        """Start the child, or wait for its restart; see `EngineClient.start`."""
        if self._closed:
            raise EngineDied("the engine was closed")
        if self._supervision is None or self._supervision.done():
            self._refusal = None
            self._answered.clear()
            self._supervision = asyncio.create_task(self._supervise())
        while self._child is None:
            await self._answered.wait()
            if self._closed:
                raise EngineDied("the engine was closed")
            if self._refusal is not None:
                raise self._refusal

    async def switch(self, base: Path) -> None:
        """Serve with another base; see `EngineClient.switch`."""
        former = self._base or self._settings.base
        try:
            with self._flights.grounded():
                await self._flights.landed()
                try:
                    await self._start_with(base)
                except StartRefused:
                    await self._start_with(former)
                    raise
        finally:
            self._serve_waiting()

    async def submit(self, request: Request) -> AsyncGenerator[Event, None]:
        """Run one request; see `EngineClient.submit`."""
        flight = self._flights.book(request)
        self._serve_waiting()
        try:
            event = await flight.next()
            while not isinstance(event, TERMINAL):
                yield event
                event = await flight.next()
            yield event
        finally:
            if self._flights.leave(flight):
                self._post(Cancel(request_id=request.request_id))

    async def cancel(self, request_id: str) -> None:
        """Ask the engine to end a request; one that waits ends at once."""
        self._flights.end_waiting(Cancelled(request_id=request_id))
        if request_id in self._flights.aboard:
            self._post(Cancel(request_id=request_id))

    async def aclose(self) -> None:
        """Stop the child; see `EngineClient.aclose`."""
        self._closed = True
        if self._supervision is not None:
            self._supervision.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._supervision
        self._serve_waiting()
        self._answered.set()

    async def _start_with(self, base: Path) -> None:
        # A new process: the memory is clean, and a base is loaded by one way alone.
        if self._supervision is not None:
            self._supervision.cancel()
            await asyncio.wait({self._supervision})
        self._supervision, self._ready, self._base, self._early_deaths = None, None, base, 0
        await self.start()

    # --- supervision ------------------------------------------------------------------------

    async def _supervise(self) -> None:
        while True:
            self._served_since = None
            try:
                await self._live()
            except StartRefused as refusal:
                self._note_refusal(refusal)
                if self._ready is None and not isinstance(refusal, StartHindered | StartKilled):
                    return
            except Exception:
                log.exception("supervision stumbled")
            now = asyncio.get_running_loop().time()
            wait_s = self._backoff.after(now - (self._served_since or now))
            log.warning("the engine starts again in %.1f s", wait_s)
            await asyncio.sleep(wait_s)

    async def _live(self) -> None:
        """Run one child from its start to its end."""
        self._open_outbox()
        try:
            child = await Child.spawn(self._command_line())
        except OSError as error:
            raise StartHindered("engine.cannot_run", reason=str(error)) from error
        grace_s = 0.0
        try:
            ready = await child.handshake(START_TIMEOUT_SETTING, self._settings.start_timeout_s)
            self._open(child, ready)
            grace_s = self._settings.stop_timeout_s
            await self._watch(child)
            grace_s = 0.0
        finally:
            self._shut()
            await child.stop(grace_s)

    def _command_line(self) -> Sequence[str]:
        if self._command is not None:
            return self._command
        settings = self._settings
        if self._base not in {None, settings.base}:  # what is said of the first is not true of it
            settings = dataclasses.replace(settings, base=self._base, config=None, family=None)
        return settings.python, "-m", "engine.worker", settings.to_json()

    def _open_outbox(self) -> None:
        try:
            self._outbox.open()
            if not self._swept:  # later its files are in use
                self._outbox.sweep()
                self._swept = True
        except OSError as error:
            raise StartHindered("engine.no_outbox", reason=str(error)) from error

    def _open(self, child: Child, ready: Ready) -> None:
        log.info("engine %d is ready: %s on %s", child.pid, ready.base, ready.device)
        self._child, self._ready, self._refusal = child, ready, None
        self._served_since = asyncio.get_running_loop().time()
        self._early_deaths = 0
        self._answered.set()
        self._serve_waiting()

    def _shut(self) -> None:
        if self._child is None:
            return
        self._child = None
        self._answered.clear()
        self._flights.lose()

    async def _watch(self, child: Child) -> None:
        heart = Heart(child, self._settings)
        beating = asyncio.create_task(heart.listen())
        try:
            async for message in child.messages():
                self._take(message, heart)
            log.error("engine %d is gone", child.pid)
        except ProtocolError as error:
            log.error("engine %d broke the protocol: %s", child.pid, error)
        finally:
            beating.cancel()
            await asyncio.gather(beating, return_exceptions=True)

    def _take(self, message: Message, heart: Heart) -> None:
        if isinstance(message, Pong):
            heart.note(message.busy_s)
        elif isinstance(message, TOLD):
            self._flights.deliver(message)
            self._serve_waiting()
        else:
            raise ProtocolError(f"an engine may not say {type(message).__name__}")

    # --- requests ---------------------------------------------------------------------------

    def _serve_waiting(self) -> None:
        """Give waiting requests what there is for them: the child, a refusal, or the end."""
        if self._child is not None:
            for flight in self._flights.board():
                self._send(self._child, flight.request)
            return
        if self._flights.is_grounded and not self._closed:
            return  # what refuses now is not what they wait for
        for request_id in tuple(self._flights.waiting):
            if self._closed:
                self._flights.end_waiting(Lost(request_id=request_id))
            elif self._refusal and not isinstance(self._refusal, StartHindered):
                key, facts = self._refusal.key, facts_of(self._refusal)
                self._flights.end_waiting(Failed(request_id=request_id, key=key, facts=facts))

    def _send(self, child: Child, request: Request) -> None:
        try:
            child.post(request)
        except ProtocolError as error:
            log.error("request %s cannot be sent: %s", request.request_id, error)
            facts = {"error": type(error).__name__}
            self._flights.deliver(
                Failed(request_id=request.request_id, key="engine.internal", facts=facts)
            )

    def _post(self, message: Message) -> None:
        if self._child is not None:
            self._child.post(message)

    def _note_refusal(self, refusal: StartRefused) -> None:
        log.error("the engine cannot start: %s", refusal)
        served = self._ready is not None
        if isinstance(refusal, StartKilled) or (served and isinstance(refusal, StartDied)):
            self._early_deaths += 1
            if self._early_deaths < _EARLY_DEATHS_MOST:
                return
        self._refusal = refusal
        self._answered.set()
        if isinstance(refusal, StartHindered | StartKilled):
            self._answered.clear()  # whoever asks from now on waits for the next try
        self._serve_waiting()
