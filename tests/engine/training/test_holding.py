"""What waits in the host's memory stays within its bound."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from engine.training.holding import MOST_BYTES, held_bytes, within_memory
from engine.training.recipes import OWN, recipe_for

SDXL = 1024 * 1024


@pytest.mark.parametrize("drawings", [5, 36, 300])
def test_usual_sets_keep_all_their_variants(drawings: int) -> None:
    recipe = recipe_for(OWN, "sdxl", drawings)
    assert within_memory(recipe, SDXL, drawings) == recipe


@pytest.mark.parametrize("drawings", [500, 1000, 3000, 5000])
def test_large_sets_have_fewer_and_fit(drawings: int) -> None:
    recipe = within_memory(recipe_for(OWN, "sdxl", drawings), SDXL, drawings)
    assert held_bytes(recipe, SDXL, drawings) <= MOST_BYTES
    assert (recipe.crops, recipe.captions) < (16, 16)


def test_ten_thousand_drawings_stay_under_fifteen_gigabytes() -> None:
    recipe = within_memory(recipe_for(OWN, "sdxl", 10_000), SDXL, 10_000)
    assert (recipe.crops, recipe.captions) == (1, 1)
    assert held_bytes(recipe, SDXL, 10_000) < 15_000_000_000


def test_the_formula_counts_what_tensors_take() -> None:
    one = dataclasses.replace(recipe_for(OWN, "sdxl", 36), crops=2, captions=3)
    view = 2 * torch.zeros(1, 4, 128, 128).nbytes
    text = torch.zeros(231, 2048).half().nbytes + torch.zeros(1280).half().nbytes
    assert held_bytes(one, SDXL, 1) == 2 * view + 3 * text
