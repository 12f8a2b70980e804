"""Noise belongs to a picture's seed, not to its batch."""

from __future__ import annotations

import pytest
import torch

from engine.sampling.noise import start_noise, step_seed

SHAPE = (4, 5, 7)


def test_start_noise_is_the_cpu_generators() -> None:
    torch.manual_seed(5)
    assert torch.equal(start_noise([5], SHAPE), torch.randn(1, *SHAPE))


def test_noise_does_not_depend_on_batch_mates() -> None:
    assert torch.equal(start_noise([1, 2, 3], SHAPE)[1:2], start_noise([2], SHAPE))


@pytest.mark.parametrize(
    ("rules", "device", "seed"),
    [(1, "cpu", 7), (1, "cuda", 7), (2, "cpu", 8), (2, "cuda", 7)],
)
def test_step_seeds_follow_the_rules(rules: int, device: str, seed: int) -> None:
    assert step_seed(7, rules=rules, device=device) == seed


def test_the_seed_after_the_highest_is_the_lowest() -> None:
    assert step_seed(2**64 - 1, rules=2, device="cpu") == 0


def test_the_highest_seed_is_a_seed() -> None:
    assert start_noise([2**64 - 1], SHAPE).shape == (1, *SHAPE)


def test_the_global_generator_is_left_alone() -> None:
    before = torch.random.get_rng_state()
    start_noise([1], SHAPE)
    assert torch.equal(before, torch.random.get_rng_state())
