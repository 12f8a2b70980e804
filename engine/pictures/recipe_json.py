"""Recipes as JSON text: what the store keeps and what pictures carry."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any, Final

from engine.pictures.recipe import AdapterUse, Recipe

_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "str": (str,),
    "int": (int,),
    "float": (int, float),
    "int | None": (int, type(None)),
    "float | None": (int, float, type(None)),
    "tuple[AdapterUse, ...]": (list, tuple),
}


#: What recipes of earlier versions lack, and what it was then.
_LATER: Final[dict[type, dict[str, object]]] = {
    AdapterUse: {"text_weight": None},
    Recipe: {"start_sha256": "", "denoise": 1.0},
}


class RecipeError(ValueError):
    """The text is no recipe; the message names the field."""


def recipe_to_dict(recipe: Recipe) -> dict[str, Any]:
    """Spell a recipe in plain values, adapters as a list of dicts."""
    spelled = dataclasses.asdict(recipe)
    spelled["adapters"] = list(spelled["adapters"])
    return spelled


def recipe_to_json(recipe: Recipe) -> str:
    """Spell a recipe as one line of ASCII JSON with sorted keys; equal recipes, equal text."""
    return json.dumps(recipe_to_dict(recipe), sort_keys=True, separators=(",", ":"))


def recipe_from_json(text: str | bytes) -> Recipe:
    """Read `recipe_to_json`'s text; raise RecipeError on anything else."""
    try:
        spelled = json.loads(text)
    except ValueError as error:
        raise RecipeError(f"not JSON: {error}") from error
    if not isinstance(spelled, dict):
        raise RecipeError("not a JSON object")
    return recipe_from_dict(spelled)


def recipe_from_dict(spelled: Mapping[str, Any]) -> Recipe:
    """Read `recipe_to_dict`'s values; only fields that came later may be missing, none besides."""
    values = _checked(Recipe, spelled)
    uses = (AdapterUse(**_checked(AdapterUse, use)) for use in values["adapters"])
    values["adapters"] = tuple(uses)
    return Recipe(**values)


def _checked(kind: type[Recipe | AdapterUse], spelled: object) -> dict[str, Any]:
    if not isinstance(spelled, Mapping):
        raise RecipeError(f"{kind.__name__} is not an object")
    told = _LATER.get(kind, {}) | dict(spelled)
    expected = {field.name: str(field.type) for field in dataclasses.fields(kind)}
    if wrong := set(expected) ^ set(told):
        raise RecipeError(f"{kind.__name__}: missing or unknown {sorted(map(str, wrong))}")
    return {name: _value(name, expected[name], told[name]) for name in expected}


def _value(name: str, expected: str, value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, _TYPES[expected]):
        raise RecipeError(f"{name}: {type(value).__name__} is not {expected}")
    if isinstance(value, float) and not -1e9 < value < 1e9:
        raise RecipeError(f"{name}: {value} is out of range")
    return float(value) if expected.startswith("float") and isinstance(value, int) else value
