"""Recipes survive their JSON text, and nothing else is taken for one."""

from __future__ import annotations

import dataclasses
import json

import pytest

from engine.pictures.recipe import AdapterUse, Recipe
from engine.pictures.recipe_json import (
    RecipeError,
    recipe_from_dict,
    recipe_from_json,
    recipe_to_dict,
    recipe_to_json,
)

RECIPE = Recipe(
    prompt="лиса, red hair",
    positive="score_7, fox, red hair",
    score=7,
    seed=2**63,
    guidance=4.5,
    adapters=(AdapterUse(name="mira", sha256="ab" * 32, weight=-0.5),),
)


def test_a_recipe_survives_its_text() -> None:
    assert recipe_from_json(recipe_to_json(RECIPE)) == RECIPE


def test_equal_recipes_have_equal_ascii_text() -> None:
    text = recipe_to_json(RECIPE)
    assert text == recipe_to_json(dataclasses.replace(RECIPE))
    assert text.isascii()
    assert "\n" not in text


def test_whole_numbers_stay_numbers_of_their_field() -> None:
    spelled = recipe_to_dict(RECIPE) | {"guidance": 4}
    guidance = recipe_from_dict(spelled).guidance
    assert guidance == 4.0
    assert isinstance(guidance, float)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"extra": 1}, "extra"),
        ({"seed": "1"}, "seed"),
        ({"seed": True}, "seed"),
        ({"score": 1.5}, "score"),
        ({"guidance": float("nan")}, "guidance"),
        ({"adapters": [{"name": "x"}]}, "sha256"),
        ({"adapters": ["x"]}, "AdapterUse"),
    ],
    ids=["unknown", "text", "bool", "fraction", "nan", "missing", "no-object"],
)
def test_a_wrong_field_is_named(change: dict[str, object], named: str) -> None:
    with pytest.raises(RecipeError, match=named):
        recipe_from_dict(recipe_to_dict(RECIPE) | change)


def test_recipes_from_before_text_weights_are_read() -> None:
    spelled = recipe_to_dict(RECIPE)
    spelled["adapters"] = [dict(use) for use in spelled["adapters"]]
    del spelled["adapters"][0]["text_weight"]
    assert recipe_from_dict(spelled) == RECIPE


def test_a_missing_field_is_named() -> None:
    spelled = recipe_to_dict(RECIPE)
    del spelled["rules"]
    with pytest.raises(RecipeError, match="rules"):
        recipe_from_json(json.dumps(spelled))


@pytest.mark.parametrize("text", ["", "[]", "null", "{", "{}"])
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(RecipeError):
        recipe_from_json(text)
