"""`recipe F.png` (or a WebP): what made a picture, for people or as JSON."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from pathlib import Path

from bot.config import Settings
from bot.errors import UserError
from bot.i18n import Texts
from engine.pictures.metadata import read_recipe, sampler_title
from engine.pictures.recipe import AdapterUse, Recipe
from engine.pictures.recipe_json import recipe_to_dict

#: So much of a hash tells two files of one name apart.
_HASH_CHARS = 12


async def show_recipe(_settings: Settings, texts: Texts, options: argparse.Namespace) -> int:
    """Print it."""
    recipe = await recipe_of(Path(options.file))
    if options.json:
        sys.stdout.write(json.dumps(recipe_to_dict(recipe), indent=2, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write("\n".join(_lines(texts, recipe)) + "\n")
    return 0


async def recipe_of(file: Path) -> Recipe:
    """Read the recipe that a picture carries; UserError cli.no_file, cli.no_recipe."""
    try:
        data = await asyncio.to_thread(file.read_bytes)
    except OSError as error:
        raise UserError("cli.no_file", file=str(file)) from error
    recipe = await asyncio.to_thread(read_recipe, data)
    if recipe is None:
        raise UserError("cli.no_recipe", file=str(file))
    return recipe


def _lines(texts: Texts, recipe: Recipe) -> list[str]:
    lines = [
        texts.say("recipe.prompt", prompt=recipe.prompt),
        texts.say("recipe.positive", positive=recipe.positive),
    ]
    if recipe.negative:
        lines.append(texts.say("recipe.negative", negative=recipe.negative))
    if recipe.score is not None:
        lines.append(texts.say("recipe.score", score=recipe.score))
    lines += [
        texts.say(
            "recipe.style", style=f"{use.name} ({use.sha256[:_HASH_CHARS]})", weight=_weight(use)
        )
        for use in recipe.adapters
    ]
    lines.append(
        texts.say(
            "recipe.settings",
            sampler=sampler_title(recipe.sampler, recipe.schedule),
            steps=texts.say("count.steps", count=recipe.steps),
            guidance=f"{recipe.guidance:g}",
            width=recipe.width,
            height=recipe.height,
        )
    )
    lines.append(texts.say("recipe.seed", seed=recipe.seed))
    if recipe.start_sha256:
        started = recipe.start_sha256[:_HASH_CHARS]
        change = round(recipe.denoise * 100)
        lines.append(texts.say("recipe.start", sha256=started, change=change))
    base = f"{recipe.base} ({recipe.base_sha256[:_HASH_CHARS]})"
    return [*lines, texts.say("recipe.base", base=base, rules=recipe.rules)]


def _weight(use: AdapterUse) -> str:
    alike = use.text_weight in (None, use.weight)
    return f"{use.weight:g}" if alike else f"{use.weight:g}:{use.text_weight:g}"
