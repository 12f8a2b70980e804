"""What a picture says about how it was drawn: our recipe, and A1111's text for others."""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Mapping
from typing import Final

from PIL import Image, UnidentifiedImageError

from engine.pictures.comfyui import LoraFile, graph_of
from engine.pictures.litegraph import window_of
from engine.pictures.recipe import AdapterUse, Recipe
from engine.pictures.recipe_json import RecipeError, recipe_from_json, recipe_to_json
from engine.pictures.webp import texts_in

#: The text chunk that holds `recipe_to_json`.
CHUNK: Final = "ownhand"

#: A1111's names. ComfyUI reads "Karras" only as a part of the sampler's name.
SAMPLER_TITLES: Final = {
    "euler_ancestral": "Euler a",
    "euler": "Euler",
    "heun": "Heun",
    "dpmpp_2m": "DPM++ 2M",
    "dpmpp_2m_sde": "DPM++ 2M SDE",
    "ddim": "DDIM",
    "lcm": "LCM",
}
SCHEDULE_TITLES: Final = {
    "normal": "Normal",
    "karras": "Karras",
    "exponential": "Exponential",
    "sgm_uniform": "SGM Uniform",
    "simple": "Simple",
    "ddim_uniform": "DDIM",
}


def chunks(
    recipe: Recipe, lora_hashes: Mapping[str, str] | None = None, *, predicts_v: bool = False
) -> dict[str, str]:
    """Return all text chunks for a picture; `lora_hashes` as in `parameters`.

    ComfyUI's are left out where its graph would not run: the built-in base does not open there.
    """
    told = {"parameters": parameters(recipe, lora_hashes or {}), CHUNK: recipe_to_json(recipe)}
    if recipe.family == "builtin":
        return told
    nodes = graph_of(
        recipe,
        [
            LoraFile(
                file_name=f"{use.name}.safetensors",
                weight=use.weight,
                text_weight=use.text_weight,
            )
            for use in recipe.adapters
        ],
        checkpoint=f"{recipe.base.removesuffix('.safetensors')}.safetensors",
        predicts_v=predicts_v,
    )
    return {**told, "prompt": json.dumps(nodes), "workflow": json.dumps(window_of(nodes))}


def sampler_title(sampler: str, schedule: str) -> str:
    """Name ComfyUI's pair as A1111 does: `DPM++ 2M Karras`, `Euler a`."""
    name = SAMPLER_TITLES.get(sampler, sampler)
    own = "ddim_uniform" if sampler == "ddim" else "normal"
    return name if schedule == own else f"{name} {SCHEDULE_TITLES.get(schedule, schedule)}"


def parameters(recipe: Recipe, lora_hashes: Mapping[str, str]) -> str:
    """Word a recipe as A1111 does.

    `lora_hashes` maps a style file's sha256 to the hash of its tensors (`sshs_model_hash`); the
    first 12 digits of that are what other programs look LoRAs up by.
    """
    loras = "".join(f" <lora:{use.name}:{_weights(use)}>" for use in recipe.adapters)
    facts = {
        "Steps": str(recipe.steps),
        "Sampler": sampler_title(recipe.sampler, recipe.schedule),
        "Schedule type": SCHEDULE_TITLES.get(recipe.schedule, recipe.schedule),
        "CFG scale": f"{recipe.guidance:g}",
        "Seed": str(recipe.seed),
        "Size": f"{recipe.width}x{recipe.height}",
        "Model hash": recipe.base_sha256[:10],
        "Model": recipe.base,
        "Clip skip": "2",
        "Denoising strength": f"{recipe.denoise:g}" if recipe.start_sha256 else "",
        # Where A1111 draws its start noise; ours comes from the CPU on every device.
        "RNG": "CPU",
    }
    found = [(use.name, lora_hashes.get(use.sha256, "")[:12]) for use in recipe.adapters]
    if any(digest for _, digest in found):
        facts["Lora hashes"] = ", ".join(f"{name}: {digest}" for name, digest in found if digest)
    line = ", ".join(f"{key}: {_quoted(value)}" for key, value in facts.items() if value)
    positive, negative = recipe.told
    return f"{positive}{loras}\nNegative prompt: {negative}\n{line}"


def _weights(use: AdapterUse) -> str:
    """Spell one weight, or that of the text encoders before the U-Net's, as A1111 does."""
    alike = use.text_weight in (None, use.weight)
    return f"{use.weight:g}" if alike else f"{use.text_weight:g}:{use.weight:g}"


def _quoted(value: str) -> str:
    return json.dumps(value, ensure_ascii=False) if set(value) & set(',:\n"') else value


def read_recipe(file: bytes) -> Recipe | None:
    """Find the recipe that a PNG or WebP of ours carries; None when it carries none."""
    try:
        with Image.open(io.BytesIO(file), formats=("PNG", "WEBP")) as picture:
            text = texts_in(picture).get(CHUNK)
        return None if text is None else recipe_from_json(text)
    except (UnidentifiedImageError, RecipeError, OSError, SyntaxError, ValueError, struct.error):
        return None
