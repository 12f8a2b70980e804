"""A training that was broken off goes on from its state, or begins anew where that is bad."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from engine.protocol import FileRef, TrainRequest
from engine.worker.context import WorkerContext
from tests.engine.worker.trainings import checkpoints, events


def test_a_resumed_training_ends_in_the_same_file(
    request_: TrainRequest, context: WorkerContext
) -> None:
    first, last = checkpoints(events(request_, context))
    resumed = checkpoints(events(dataclasses.replace(request_, resume=first.state), context))
    assert [event.step for event in resumed] == [6]
    assert resumed[0].style.sha256 == last.style.sha256
    assert resumed[0].state.sha256 == last.state.sha256
    assert resumed[0].loss == last.loss
    assert resumed[0].samples[0].sha256 == last.samples[0].sha256


def test_a_training_resumed_at_its_end_ends(request_: TrainRequest, context: WorkerContext) -> None:
    last = checkpoints(events(request_, context))[-1]
    assert checkpoints(events(dataclasses.replace(request_, resume=last.state), context)) == []


def spoil(state: FileRef, how: str) -> FileRef:
    """Damage a saved state as disks and people do."""
    path = Path(state.path)
    match how:
        case "gone":
            path.unlink()
        case "empty":
            path.write_bytes(b"")
        case "half":
            path.write_bytes(path.read_bytes()[: state.size_bytes // 2])
        case _:  # one bit of a weight
            data = bytearray(path.read_bytes())
            data[-5] ^= 64
            path.write_bytes(data)
    return state


@pytest.mark.parametrize("how", ["gone", "empty", "half", "flipped"])
def test_a_broken_state_makes_the_training_begin_anew_and_end_the_same(
    request_: TrainRequest, context: WorkerContext, caplog: pytest.LogCaptureFixture, how: str
) -> None:
    first, last = checkpoints(events(request_, context))
    resume = spoil(first.state, how)
    again = checkpoints(events(dataclasses.replace(request_, resume=resume), context))
    assert [saved.style.sha256 for saved in again] == [first.style.sha256, last.style.sha256]
    assert "begins anew" in caplog.text


def test_a_state_of_other_drawings_is_not_gone_on_from(
    request_: TrainRequest, context: WorkerContext
) -> None:
    first = checkpoints(events(request_, context))[0]
    other = dataclasses.replace(request_, drawings=request_.drawings[1:])
    alone = checkpoints(events(other, context))
    resumed = checkpoints(events(dataclasses.replace(other, resume=first.state), context))
    assert [one.style.sha256 for one in resumed] == [one.style.sha256 for one in alone]
