"""Requests on their way: each ends in exactly one terminal message."""

from __future__ import annotations

import asyncio
from collections.abc import Generator, Iterator
from contextlib import contextmanager

from engine.outbox import Outbox
from engine.protocol import TERMINAL, Event, Lost, Request


class Flight:
    """One request and the events that its caller has not read yet."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.ended = False
        #: nobody reads any more, but the engine has not ended it yet
        self.abandoned = False
        self._events: asyncio.Queue[Event] = asyncio.Queue()

    @property
    def request_id(self) -> str:
        """The request's id."""
        return self.request.request_id

    async def next(self) -> Event:
        """Wait for the next event."""
        return await self._events.get()

    def put(self, event: Event) -> bool:
        """Take an event in; False when it comes after the end or for nobody."""
        if self.ended:
            return False
        self.ended = isinstance(event, TERMINAL)
        if self.abandoned:
            return False
        self._events.put_nowait(event)
        return True

    def unread(self) -> Iterator[Event]:
        """Take out what the caller will never read."""
        while not self._events.empty():
            yield self._events.get_nowait()


class Flights:
    """All requests of one client: `waiting` for an engine, or `aboard` of the present one."""

    def __init__(self, outbox: Outbox) -> None:
        self.waiting: dict[str, Flight] = {}
        self.aboard: dict[str, Flight] = {}
        self._outbox = outbox
        #: nobody goes aboard meanwhile
        self.is_grounded = False
        self._landed = asyncio.Event()
        self._landed.set()

    def book(self, request: Request) -> Flight:
        """Let a request wait; ValueError when its id is being iterated already."""
        request_id = request.request_id
        flying = self.aboard.get(request_id)
        if request_id in self.waiting or (flying is not None and not flying.abandoned):
            raise ValueError(f"request {request_id} is in flight already")
        flight = self.waiting[request_id] = Flight(request)
        return flight

    @contextmanager
    def grounded(self) -> Generator[None]:
        """Let nobody board as long as the block runs."""
        self.is_grounded = True
        try:
            yield
        finally:
            self.is_grounded = False

    async def landed(self) -> None:
        """Wait until nobody is aboard."""
        await self._landed.wait()

    def board(self) -> list[Flight]:
        """Move aboard whoever waits, except behind an abandoned request of the same id."""
        if self.is_grounded:
            return []
        boarding = [f for f in self.waiting.values() if f.request_id not in self.aboard]
        for flight in boarding:
            self.aboard[flight.request_id] = self.waiting.pop(flight.request_id)
        if boarding:
            self._landed.clear()
        return boarding

    def deliver(self, event: Event) -> None:
        """Hand an engine's event to its caller; files that nobody awaits are removed."""
        flight = self.aboard.get(event.request_id)
        if flight is None or not flight.put(event):
            self._outbox.discard(event)
        if flight is not None and flight.ended:
            del self.aboard[event.request_id]
            if not self.aboard:
                self._landed.set()

    def lose(self) -> None:
        """End everybody aboard as `Lost`."""
        for flight in list(self.aboard.values()):
            self.deliver(Lost(request_id=flight.request_id))

    def end_waiting(self, terminal: Event) -> None:
        """End one that waits, with a terminal message made by the client."""
        flight = self.waiting.pop(terminal.request_id, None)
        if flight is not None:
            flight.put(terminal)

    def leave(self, flight: Flight) -> bool:
        """Forget the caller; True when the engine has to be told to cancel."""
        for event in flight.unread():
            self._outbox.discard(event)
        if flight.ended:
            return False
        flight.abandoned = True
        if self.waiting.get(flight.request_id) is flight:
            del self.waiting[flight.request_id]
            return False
        return True
