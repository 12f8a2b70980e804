"""A few figures say what any training of a base takes; held against what it really takes."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace

import pytest

from engine.base.loading import LoadedBase
from engine.memory import footprints, needs
from engine.memory.device import RESERVE
from engine.memory.footprints import footprint_of
from engine.memory.ledger import Ledger
from engine.training.dataset import TrainingSet
from engine.training.footprint import Footprint
from engine.training.layers import TrainedLayers
from engine.training.loop import Training
from engine.training.recipe import Layers, TrainRecipe

#: Said in docs/training.md.
FACTOR = 1.5
FIGURES = Footprint(
    held_bytes=7_000,
    number_bytes=22,
    linears=10,
    style_block=3,
    locon=11,
    convolutions=5,
    row_bytes=1_000,
    rows=0,
)


@pytest.fixture
def figures(tiny_base: LoadedBase, monkeypatch: pytest.MonkeyPatch) -> Footprint:
    # as `small_family` does, so that both speak of drawings of 64²
    small = SimpleNamespace(width=64, height=64)
    monkeypatch.setattr(footprints, "family_of", lambda _: small)
    monkeypatch.setattr(needs, "_CAPTION_TOKENS", 77)  # the drawings' captions are short
    return footprint_of(tiny_base)


@pytest.mark.parametrize("layers", [Layers.LINEARS, Layers.CONVOLUTIONS])
@pytest.mark.parametrize(("rank", "conv_rank"), [(4, 4), (16, 8), (3, 32)])
def test_numbers_are_those_that_are_trained(
    figures: Footprint, tiny_base: LoadedBase, layers: Layers, rank: int, conv_rank: int
) -> None:
    recipe = TrainRecipe(layers=layers, rank=rank, conv_rank=conv_rank)
    assert figures.numbers(recipe) == TrainedLayers(tiny_base.unet, recipe).size


def test_the_peak_follows_the_recipe() -> None:
    recipe = TrainRecipe(rank=4, conv_rank=2, batch=8)
    assert FIGURES.peak_bytes(recipe) == 7_000 + 4 * 10 * 22 + 8 * 1_000
    locon = dataclasses.replace(recipe, layers=Layers.CONVOLUTIONS)
    assert FIGURES.peak_bytes(locon) == 7_000 + (4 * 11 + 2 * 5) * 22 + 8 * 1_000
    in_parts = dataclasses.replace(FIGURES, rows=2)
    assert in_parts.peak_bytes(recipe) == 7_000 + 4 * 10 * 22 + 2 * 1_000
    many = dataclasses.replace(recipe, rank=4_000)
    assert FIGURES.peak_bytes(many) == 7_000 + 40_000 * (22 + 8), "the optimizer's step is more"


@pytest.mark.parametrize(
    "wanted",
    [
        TrainRecipe(rank=4, batch=2),
        TrainRecipe(rank=16, batch=6),
        TrainRecipe(rank=64, batch=2),
        TrainRecipe(rank=8, conv_rank=8, batch=4, layers=Layers.CONVOLUTIONS),
    ],
    ids=["small", "wide", "rank", "locon"],
)
def test_it_is_what_a_real_training_holds(
    figures: Footprint,
    tiny_base: LoadedBase,
    data: TrainingSet,
    wanted: TrainRecipe,
) -> None:
    """Every tensor of two steps is followed on the CPU, where numbers are computed."""
    with Ledger() as ledger:
        training = Training(tiny_base, data, wanted)
        training.step()
        training.step()
    told = figures.peak_bytes(wanted) - figures.held_bytes
    assert told / FACTOR < ledger.peak < told * FACTOR


def test_what_is_held_all_the_time(figures: Footprint, tiny_base: LoadedBase) -> None:
    parts = (tiny_base.unet.model, tiny_base.vae)
    weights = sum(p.nbytes for part in parts for p in part.parameters())
    assert figures.held_bytes > weights + RESERVE
