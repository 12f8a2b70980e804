"""Experts change a recipe; whatever else they type is refused in words."""

from __future__ import annotations

import pytest
import torch

from engine.errors import JobFailed
from engine.training.overrides import NAMES, overridden, read_overrides
from engine.training.recipe import Layers, TrainRecipe

RECIPE = TrainRecipe(steps=300)


def test_pairs_are_read_in_any_manner() -> None:
    text = " rank=8, learning_rate=2e-4\nLAYERS=style-block;steps=5 "
    found = read_overrides(text)
    assert found == {
        "rank": "8", "learning_rate": "2e-4", "layers": "style-block", "steps": "5"
    }  # fmt: skip
    made = overridden(RECIPE, found)
    assert (made.rank, made.learning_rate, made.layers) == (8, 2e-4, Layers.STYLE_BLOCK)
    assert (made.steps, made.checkpoints) == (5, 5)
    assert made.name == "own+"
    assert overridden(made, {"rank": "4"}).name == "own+"


@pytest.mark.parametrize("changes", [{}, {"rank": "16"}])
def test_nothing_changed_is_the_recipe_itself(changes: dict[str, str]) -> None:
    assert overridden(RECIPE, changes) == RECIPE


@pytest.mark.parametrize("piece", ["rank", "rank=", "=8", "rank 8"])
def test_what_is_no_pair_is_refused(piece: str) -> None:
    with pytest.raises(JobFailed, match=r"recipe\.not_pair"):
        read_overrides(piece)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("rank", "0"), ("rank", "257"), ("rank", "8.5"), ("rank", "x"), ("learning_rate", "nan"),
        ("learning_rate", "inf"), ("learning_rate", "1"), ("layers", "all"), ("steps", "1e3"),
        ("batch", "9" * 5000),
    ],
)  # fmt: skip
def test_values_out_of_range_say_what_is_taken(name: str, value: str) -> None:
    with pytest.raises(JobFailed) as failed:
        overridden(RECIPE, {name: value})
    assert failed.value.key == "recipe.bad_value"
    assert failed.value.facts["takes"]
    assert len(str(failed.value.facts["value"])) <= 40


def test_unknown_names_are_told_the_known_ones() -> None:
    with pytest.raises(JobFailed) as failed:
        overridden(RECIPE, {"lr": "1"})
    assert failed.value.key == "recipe.unknown_name"
    assert "learning_rate" in str(failed.value.facts["names"])


def test_two_kinds_of_noise_do_not_go_together() -> None:
    with pytest.raises(JobFailed, match=r"recipe\.two_noises"):
        overridden(RECIPE, {"noise_offset": "0.1", "multires_iterations": "6"})


def test_everything_but_name_and_version_can_be_changed() -> None:
    import dataclasses

    fields = {field.name for field in dataclasses.fields(TrainRecipe)}
    assert set(NAMES) == fields - {"name", "version"}


def test_an_alpha_is_what_a_file_can_hold() -> None:
    made = overridden(RECIPE, {"alpha": "0.3"})
    assert made.alpha == pytest.approx(0.3)
    assert float(torch.tensor(made.alpha, dtype=torch.float32)) == made.alpha
