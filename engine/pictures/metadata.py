"""What a PNG says about how it was drawn: our recipe, and A1111's text for other programs."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Final

from PIL import Image, UnidentifiedImageError

from engine.pictures.recipe import Recipe
from engine.pictures.recipe_json import RecipeError, recipe_from_json, recipe_to_json

#: The text chunk that holds `recipe_to_json`.
CHUNK: Final = "ownhand"

#: A1111's names. ComfyUI reads "Karras" only as a part of the sampler's name.
_SAMPLERS: Final = {
    "euler_ancestral": "Euler a",
    "euler": "Euler",
    "dpmpp_2m": "DPM++ 2M",
    "dpmpp_2m_sde": "DPM++ 2M SDE",
    "ddim": "DDIM",
}
_SCHEDULES: Final = {
    "normal": "Normal",
    "karras": "Karras",
    "exponential": "Exponential",
    "sgm_uniform": "SGM Uniform",
}


def chunks(recipe: Recipe, lora_hashes: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return all text chunks for a picture; `lora_hashes` as in `parameters`."""
    text = parameters(recipe, lora_hashes or {})
    return {"parameters": text, CHUNK: recipe_to_json(recipe)}


def sampler_title(sampler: str, schedule: str) -> str:
    """Name ComfyUI's pair as A1111 does: `DPM++ 2M Karras`, `Euler a`."""
    name = _SAMPLERS.get(sampler, sampler)
    return name if schedule == "normal" else f"{name} {_SCHEDULES.get(schedule, schedule)}"


def parameters(recipe: Recipe, lora_hashes: Mapping[str, str]) -> str:
    """Word a recipe as A1111 does.

    `lora_hashes` maps a style file's sha256 to the hash of its tensors (`sshs_model_hash`); the
    first 12 digits of that are what other programs look LoRAs up by.
    """
    loras = "".join(f" <lora:{use.name}:{use.weight:g}>" for use in recipe.adapters)
    facts = {
        "Steps": str(recipe.steps),
        "Sampler": sampler_title(recipe.sampler, recipe.schedule),
        "Schedule type": _SCHEDULES.get(recipe.schedule, recipe.schedule),
        "CFG scale": f"{recipe.guidance:g}",
        "Seed": str(recipe.seed),
        "Size": f"{recipe.width}x{recipe.height}",
        "Model hash": recipe.base_sha256[:10],
        "Model": recipe.base,
        "Clip skip": "2",
        # Where A1111 draws its start noise; ours comes from the CPU on every device.
        "RNG": "CPU",
    }
    found = [(use.name, lora_hashes.get(use.sha256, "")[:12]) for use in recipe.adapters]
    if any(digest for _, digest in found):
        facts["Lora hashes"] = ", ".join(f"{name}: {digest}" for name, digest in found if digest)
    line = ", ".join(f"{key}: {_quoted(value)}" for key, value in facts.items() if value)
    return f"{recipe.positive}{loras}\nNegative prompt: {recipe.negative}\n{line}"


def _quoted(value: str) -> str:
    return json.dumps(value, ensure_ascii=False) if set(value) & set(',:\n"') else value


def read_recipe(png: bytes) -> Recipe | None:
    """Find the recipe that a PNG of ours carries; None when it carries none."""
    try:
        with Image.open(io.BytesIO(png), formats=("PNG",)) as picture:
            text = picture.info.get(CHUNK)
        return recipe_from_json(text) if isinstance(text, str) else None
    except (UnidentifiedImageError, RecipeError, OSError, SyntaxError, ValueError):
        return None
