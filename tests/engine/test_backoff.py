"""The waits between restarts."""

from __future__ import annotations

from engine.backoff import HEALTHY_S, Backoff


def test_waits_double_up_to_the_most() -> None:
    backoff = Backoff(0.2, 30.0)
    waits = [backoff.after(1.0) for _ in range(10)]
    assert waits == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30.0, 30.0]


def test_a_healthy_life_starts_over() -> None:
    backoff = Backoff(0.2, 30.0)
    for _ in range(5):
        backoff.after(HEALTHY_S - 1)
    assert backoff.after(HEALTHY_S) == 0.2
    assert backoff.after(0.0) == 0.4
