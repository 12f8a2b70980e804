"""Noise as the recipe wants it, against closed forms."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from engine.training.noise import training_noise
from engine.training.recipe import TrainRecipe

PLAIN = TrainRecipe()
SHAPE = (64, 4, 16, 16)


def noise(seed: int = 1, **changes: float) -> torch.Tensor:
    recipe = dataclasses.replace(PLAIN, **changes)
    return training_noise(SHAPE, recipe, torch.Generator().manual_seed(seed))


def test_plain_noise_is_torchs_own() -> None:
    wanted = torch.randn(SHAPE, generator=torch.Generator().manual_seed(1))
    assert torch.equal(noise(), wanted)


def test_an_offset_moves_whole_channels_by_as_much_as_asked() -> None:
    shade = (noise(noise_offset=0.3) - noise()).flatten(2)
    assert float(shade.std(dim=2).max()) < 1e-6, "one shade per row and channel"
    assert float(shade[..., 0].std()) == pytest.approx(0.3, rel=0.15)  # of 256 draws


def test_multires_noise_has_a_deviation_of_one_and_patches() -> None:
    made = noise(multires_iterations=6, multires_discount=0.6)
    assert float(made.std()) == pytest.approx(1)

    def patches(values: torch.Tensor) -> float:
        return float(torch.nn.functional.avg_pool2d(values, 8).std())

    assert patches(noise()) == pytest.approx(1 / 8, rel=0.15), "the mean of 64 values"
    assert patches(made) > 2 * patches(noise())


def test_multires_noise_of_one_level_is_white_still() -> None:
    # The first level has the full size: two white noises added up.
    made = noise(multires_iterations=1)
    pooled = torch.nn.functional.avg_pool2d(made, 8)
    assert float(pooled.std()) == pytest.approx(1 / 8, rel=0.15)


@pytest.mark.parametrize("changes", [{"noise_offset": 0.1}, {"multires_iterations": 6}])
def test_noise_follows_from_its_generator(changes: dict[str, float]) -> None:
    assert torch.equal(noise(1, **changes), noise(1, **changes))
    assert not torch.equal(noise(1, **changes), noise(2, **changes))
