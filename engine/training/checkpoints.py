"""Files of a training, believed only after they were read back."""

from __future__ import annotations

import dataclasses
import json
import logging
import math
from pathlib import Path

import torch

from engine.base.families import family_of
from engine.base.loading import LoadedBase
from engine.errors import JobFailed
from engine.lora.in_diffusers import read_in_diffusers
from engine.lora.metadata import StyleFacts, style_metadata
from engine.lora.tensors import read_style
from engine.lora.weights import Lora
from engine.lora.writing import as_written, write_style
from engine.training.recipe import Layers, TrainRecipe

log = logging.getLogger(__name__)


def style_facts(
    base: LoadedBase, recipe: TrainRecipe, *, name: str, step: int, drawings: int
) -> StyleFacts:
    """Collect what a style's file says of its training; `drawings` counts those trained on."""
    family = family_of(base.family)
    alpha, conv = _told_alphas(recipe)
    return StyleFacts(
        name=name,
        rank=recipe.rank,
        alpha=alpha,
        step=step,
        steps=recipe.steps,
        drawings=drawings,
        width=family.width,
        height=family.height,
        base=base.name,
        base_sha256=base.sha256,
        family=base.family,
        prediction=base.prediction,
        recipe=recipe.name,
        recipe_version=recipe.version,
        learning_rate=recipe.learning_rate,
        batch=recipe.batch,
        seed=recipe.seed,
        recipe_json=json.dumps(dataclasses.asdict(recipe), sort_keys=True),
        conv=conv,
    )


def _told_alphas(recipe: TrainRecipe) -> tuple[float, tuple[int, float] | None]:
    """Give alpha, and rank and alpha of convolutions, as the tensors of a file have them."""
    if recipe.layers is not Layers.CONVOLUTIONS:
        return recipe.alpha, None
    if (recipe.rank, recipe.alpha) == (recipe.conv_rank, recipe.conv_alpha):
        return recipe.alpha, (recipe.conv_rank, recipe.conv_alpha)
    return float(recipe.rank), (recipe.conv_rank, float(recipe.conv_rank))


def save_style(path: Path, lora: Lora, base: LoadedBase, facts: StyleFacts) -> Lora:
    """Write a style and return it as the file says it.

    JobFailed `train.no_movement` when the finished style changes nothing, `train.not_finite` when
    it has values that are no numbers, `train.read_back` when the file says something else: to us,
    or, at the training's end, to diffusers.
    """
    ups = [layer.up.detach() for layer in lora.modules.values()]
    if not all(bool(tensor.isfinite().all()) for tensor in lora.parameters()):
        raise JobFailed("train.not_finite", step=facts.step)
    # A short warm-up, or overflows in half precision, may leave the first checkpoint unmoved.
    if facts.step == facts.steps and not any(bool(up.half().any()) for up in ups):
        raise JobFailed("train.no_movement")
    write_style(path, lora, base.layout, style_metadata(facts))
    read, written = read_style(path, base.names), as_written(lora)
    ends = facts.step == facts.steps
    if not _same(read, written) or (ends and not _same_there(path, written, base)):
        raise JobFailed("train.read_back")
    return read


def _same_there(path: Path, lora: Lora, base: LoadedBase) -> bool:
    try:
        return _same(read_in_diffusers(path, base.unet.model.config), lora)
    except (ValueError, RuntimeError, LookupError, AttributeError, TypeError) as error:
        log.error("diffusers cannot read the style: %s", error)
        return False


def _same(read: Lora, written: Lora) -> bool:
    """Whether the file's values are the written ones, rounded to half precision."""
    if set(read.modules) != set(written.modules):
        return False
    return all(
        math.isclose(layer.alpha, read.modules[name].alpha, rel_tol=1e-6)
        and torch.equal(layer.down.detach().half().float().cpu(), read.modules[name].down)
        and torch.equal(layer.up.detach().half().float().cpu(), read.modules[name].up)
        for name, layer in written.modules.items()
    )
