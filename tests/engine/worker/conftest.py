"""A worker's context around the tiny base."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from engine.base.families import family_of
from engine.protocol import Event, TrainRequest
from engine.training import dataset
from engine.worker.background import Background
from engine.worker.captioners import Captioners
from engine.worker.context import WorkerContext
from engine.worker.work import Steps, Wait, Work
from tests.engine.worker.requests import small_request
from tests.engine.worker.served import Served

if TYPE_CHECKING:
    from engine.base.loading import LoadedBase


@pytest.fixture
def context(tiny_base: LoadedBase, tmp_path: Path) -> WorkerContext:
    """Give runners the tiny base and an empty outbox."""
    from engine.pictures.easel import Easel
    from engine.training.bench import TrainingBench

    outbox = tmp_path / "outbox"
    outbox.mkdir()
    return WorkerContext(
        base=tiny_base,
        device="cpu",
        outbox=outbox,
        easel=Easel(tiny_base),
        training_bench=TrainingBench(tiny_base),
        background=Background(lambda: None),
        fetching=Background(lambda: None),
        captioners=Captioners(Background(lambda: None), threads=1),
    )


@pytest.fixture
def served() -> Served:
    """Give a loop that is served by hand."""
    return Served()


def run_on(steps: Steps) -> Event | None:
    """Go on to the next event as the loop does for a request that is alone; None at the end."""
    for said in steps:
        if isinstance(said, Work):
            said.bench.do(said.bench.choose([said.things]))
        elif isinstance(said, Wait):
            said.future.exception()
        elif said is not None:
            return said
    return None


def all_of(steps: Steps) -> list[Event]:
    """Run to the end and collect the events."""
    events: list[Event] = []
    while (event := run_on(steps)) is not None:
        events.append(event)
    return events


@pytest.fixture
def request_(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TrainRequest:
    small = dataclasses.replace(family_of("builtin"), width=64, height=64)
    # Real families draw at 128 pixels and more, which is slow for nothing here.
    monkeypatch.setattr(dataset, "family_of", lambda _: small)
    return small_request(tmp_path)
