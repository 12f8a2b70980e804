"""Time to the end is measured, and unknown until it was."""

from __future__ import annotations

import time

import pytest

from engine.worker.pace import Pace


def test_time_to_the_end_follows_the_measured_speed(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    # The clock itself: waiting for real seconds would make this slow and inexact.
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    pace = Pace("r", 10, done=4)
    told = []
    for _ in range(4):
        now[0] += 2.0
        told.append(pace.step(loss=0.5))
    assert [event.step for event in told] == [5, 6, 7, 8]
    assert [event.eta_s for event in told] == [None, None, 6.0, 4.0]
    assert pace.still().step == 8
