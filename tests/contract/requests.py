"""Requests of the contract suite, and what to do with their events."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import TypeVar

from engine.client import EngineClient
from engine.pictures.recipe import Recipe
from engine.protocol import (
    TERMINAL,
    CaptionRequest,
    DrawRequest,
    Event,
    FileRef,
    Request,
    TrainDrawing,
    TrainRecipe,
    TrainRequest,
)

TIMEOUT_S = 20

T = TypeVar("T")


def recipe(prompt: str, seed: int = 1) -> Recipe:
    return Recipe(prompt=prompt, positive=prompt, seed=seed, width=16, height=16)


def drawing(
    request_id: str, prompt: str = "cat", count: int = 1, *, previews: bool = False
) -> DrawRequest:
    recipes = tuple(recipe(prompt, seed) for seed in range(count))
    return DrawRequest(request_id=request_id, recipes=recipes, previews=previews)


def training(request_id: str, caption: str = "cat", resume: FileRef | None = None) -> TrainRequest:
    file = FileRef(path="drawing.png", sha256="0" * 64)
    return TrainRequest(
        request_id=request_id,
        name="mira",
        drawings=(
            TrainDrawing(file=file, caption=caption),
            TrainDrawing(file=file, caption="", held_out=True),
        ),
        recipe=TrainRecipe(steps=20, checkpoints=2),
        samples=(recipe("cat"),),
        resume=resume,
    )


def showing(request_id: str) -> TrainRequest:
    """Ask to show a style that was trained elsewhere."""
    file = FileRef(path="style.safetensors", sha256="1" * 64)
    return dataclasses.replace(training(request_id), bare=True, finished=file)


def captions(request_id: str, words: str = "", count: int = 2) -> CaptionRequest:
    files = tuple(FileRef(path=f"{n}.png", sha256=f"{n:064x}") for n in range(count))
    return CaptionRequest(request_id=request_id, files=files, captioner="wd", model=words)


async def run(engine: EngineClient, request: Request) -> list[Event]:
    """All events of a request, to its end."""
    async with asyncio.timeout(TIMEOUT_S), aclosing(engine.submit(request)) as events:
        return [event async for event in events]


class Stream:
    """A request in flight, read by hand."""

    def __init__(self, events: AsyncIterator[Event]) -> None:
        self._events = events
        self.seen: list[Event] = []

    async def until(self, kind: type[Event]) -> Event:
        """Read on to the first event of a kind."""
        async with asyncio.timeout(TIMEOUT_S):
            async for event in self._events:
                self.seen.append(event)
                if isinstance(event, kind):
                    return event
        raise AssertionError(f"no {kind.__name__} among {self.seen}")

    async def rest(self) -> list[Event]:
        """Read to the end, and give everything that was ever read."""
        async with asyncio.timeout(TIMEOUT_S):
            self.seen += [event async for event in self._events]
        return self.seen


@asynccontextmanager
async def flying(engine: EngineClient, request: Request) -> AsyncIterator[Stream]:
    """A request in flight; left at the end of the block."""
    async with aclosing(engine.submit(request)) as events:
        yield Stream(events)


def ends_once(events: list[Event], kind: type[Event]) -> bool:
    """Whether the only terminal message is the last, and of this kind."""
    terminals = [event for event in events if isinstance(event, TERMINAL)]
    return len(terminals) == 1 and events[-1] is terminals[0] and isinstance(events[-1], kind)


def of_kind(events: list[Event], kind: type[T]) -> list[T]:
    """The events of one kind."""
    return [event for event in events if isinstance(event, kind)]
