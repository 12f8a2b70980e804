"""Files of a training, believed only after they were read back."""

from __future__ import annotations

import dataclasses
import json
import logging
from pathlib import Path

import torch

from engine.base.families import family_of
from engine.base.loading import LoadedBase
from engine.errors import JobFailed
from engine.lora.in_diffusers import read_in_diffusers
from engine.lora.metadata import StyleFacts, style_metadata
from engine.lora.tensors import read_style
from engine.lora.weights import Lora
from engine.lora.writing import write_style
from engine.training.recipe import Layers, TrainRecipe

log = logging.getLogger(__name__)


def style_facts(
    base: LoadedBase, recipe: TrainRecipe, *, name: str, step: int, drawings: int
) -> StyleFacts:
    """Collect what a style's file says of its training; `drawings` counts those trained on."""
    family = family_of(base.family)
    return StyleFacts(
        name=name,
        rank=recipe.rank,
        alpha=recipe.alpha,
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
        conv=(recipe.conv_rank, recipe.conv_alpha)
        if recipe.layers is Layers.CONVOLUTIONS
        else None,
    )


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
    read = read_style(path, base.names)
    if not _same(read, lora) or (facts.step == facts.steps and not _same_there(path, lora, base)):
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
        layer.alpha == read.modules[name].alpha
        and torch.equal(layer.down.detach().half().float().cpu(), read.modules[name].down)
        and torch.equal(layer.up.detach().half().float().cpu(), read.modules[name].up)
        for name, layer in written.modules.items()
    )
