"""The budget of a run, and its checkpoints."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from engine.builtin.budget import Budget, load_state, save_state


def test_rate_rises_then_falls() -> None:
    budget = Budget(steps=1000, warmup=100)
    rates = [budget.rate(step, 1.0) for step in (0, 50, 100, 500, 999)]
    assert rates[0] < rates[1] < rates[2]
    assert rates[2] > rates[3] > rates[4] > 0


def test_the_clock_ends_a_run_before_its_steps() -> None:
    assert Budget(steps=1000, minutes=10, spent_s=600).done(3) == 1
    assert Budget(steps=1000, minutes=10).done(500) == pytest.approx(0.5, abs=0.01)


def test_a_checkpoint_comes_back_whole(tmp_path: Path) -> None:
    path = tmp_path / "codec.pt"
    assert load_state(path) is None
    save_state(path, {"step": 3, "model": {"a": torch.ones(2)}})
    save_state(path, {"step": 4, "model": {"a": torch.zeros(2)}})
    state = load_state(path)
    assert state is not None
    assert state["step"] == 4
    assert torch.equal(state["model"]["a"], torch.zeros(2))
    assert [file.name for file in tmp_path.iterdir()] == ["codec.pt"]
