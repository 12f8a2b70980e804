"""What a runner asks of the loop: steps that are better made together with others', or patience."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from engine.protocol import Event

Result = TypeVar("Result")


class Bench(Protocol):
    """Makes steps of one kind for things of many requests at once."""

    def choose(self, waiting: Sequence[Sequence[Any]]) -> Sequence[Any]:
        """Say which of the requests' things move together next, at least the first one's first."""
        ...

    def do(self, things: Sequence[Any], /) -> None:
        """Move each by one step; when it raises, none has moved that can move again."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Work:
    """Go on when at least one of the things has made a step."""

    bench: Bench
    #: not empty
    things: Sequence[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Wait(Generic[Result]):
    """Go on when another thread has done its part."""

    future: Future[Result]

    def result(self) -> Result:
        """Return what came of it, or raise what went wrong."""
        return self.future.result()


Steps = Generator[Event | Work | Wait[Any] | None, None, None]
#: A part of a runner that has a result.
Part = Generator[Event | Work | Wait[Any] | None, None, Result]
