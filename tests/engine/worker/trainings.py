"""Trainings of a moment, and what is told of them."""

from __future__ import annotations

from engine.protocol import CheckpointSaved, Event, TrainRequest
from engine.worker import train_runner
from engine.worker.context import WorkerContext
from tests.engine.worker.conftest import all_of


def events(request: TrainRequest, context: WorkerContext) -> list[Event]:
    return all_of(train_runner.run(request, context))


def checkpoints(told: list[Event]) -> list[CheckpointSaved]:
    return [event for event in told if isinstance(event, CheckpointSaved)]
