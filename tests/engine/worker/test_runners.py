"""What keeps the runners of the real worker apart."""

from __future__ import annotations

import contextlib

import pytest
import torch

from engine.protocol import Started
from engine.worker.runners import keep_apart
from engine.worker.work import Steps


def leaky(state: contextlib.AbstractContextManager[object]) -> Steps:
    with state:
        yield Started(request_id="a")


def clean(closed: list[bool]) -> Steps:
    try:
        with torch.no_grad():
            torch.zeros(1)
        yield Started(request_id="a")
        yield None
    finally:
        closed.append(True)


@pytest.mark.parametrize(
    "state",
    [torch.no_grad(), torch.inference_mode(), torch.autocast("cpu", torch.bfloat16)],
    ids=["no_grad", "inference_mode", "autocast"],
)
def test_a_runner_that_yields_inside_a_state_fails_and_leaves_nothing_behind(
    state: contextlib.AbstractContextManager[object],
) -> None:
    with pytest.raises(RuntimeError, match="may not yield inside"):
        next(keep_apart(leaky(state)))
    assert torch.is_grad_enabled()
    assert not torch.is_autocast_enabled("cpu")


def test_a_clean_runner_passes_and_is_closed_with_its_wrapper() -> None:
    closed: list[bool] = []
    steps = keep_apart(clean(closed))
    assert next(steps) == Started(request_id="a")
    assert next(steps) is None
    steps.close()
    assert closed == [True]
