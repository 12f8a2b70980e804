"""The comparisons, each as one figure: our engine against the second program."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from engine.base.loading import LoadedBase
from engine.lora.names import kohya_name
from engine.lora.packed import PackedStyle, Stack
from engine.lora.reading import read_header
from engine.lora.styles import packed
from engine.lora.tensors import read_style
from engine.pictures.easel import Easel
from engine.pictures.picture import begin
from engine.pictures.recipe import Recipe
from engine.sampling.course import Course
from engine.sampling.samplers import Past
from tests.engine.interop.files import Made
from tests.engine.interop.peer import Loader, Peer, deltas

#: Weighted words, parentheses of a word, two windows and a BREAK.
PROMPT = (
    r"score_7, 1girl, (red hair:1.25), ((blue eyes)), fox \(animal\), " + "forest, " * 40 + "hat "
    "BREAK (night, (stars:0.6):1.3)"
)
RECIPE = Recipe(
    prompt="", positive=PROMPT, negative="(blue hair:1.2), sketch", seed=1234, steps=8, guidance=5.0
)
#: Where the built-in base is steep: a small move of one step's latent moves its prediction of these
#: words a hundred times as far.
STEEP = dataclasses.replace(RECIPE, negative="(furry:1.2), dog")


class Draws(Protocol):
    """Another program with a base: the restated one, or ComfyUI itself."""

    def latents(self, recipe: Recipe) -> Tensor:
        """Draw a recipe; (1, 4, h, w) in the U-Net's scale."""
        ...


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """What became of a file's layers elsewhere."""

    layers: int
    loaded: int
    #: the largest over all layers, of the change of a weight, relative
    error: float


def load(made: Made, base: LoadedBase, peer: Peer) -> Loaded:
    """Load a file there and compare what it changes with what it was made of."""
    read = deltas(made.file, list(peer.keys()))
    used = {f"{key}.{part}" for key in read for part in ("lora_up.weight", "lora_down.weight")}
    left = {n for n in read_header(made.file).tensors if not n.endswith("alpha")} - used
    wanted = {kohya_name(path, base.layout): one for path, one in made.lora.modules.items()}
    errors: list[float] = []
    for key, delta in read.items():
        truth = wanted[key].delta().double()
        errors.append(float((delta - truth).norm() / truth.norm()))
    return Loaded(
        layers=len(wanted), loaded=len(read) - len(left) // 2, error=max(errors, default=1.0)
    )


def chain_of(base: LoadedBase, made: Sequence[Made]) -> tuple[Stack, list[Loader]]:
    """Use files in turn at 0.75 and -0.625, with a weight of their own for the text encoders."""
    weights = [(0.75, 0.5), (-0.625, 1.125)]
    stack: list[PackedStyle] = []
    for one, (_, of_text) in zip(made, weights, strict=True):
        style = packed(read_style(one.file, base.names), one.file.stem, base)
        stack.append(dataclasses.replace(style, text_weight=of_text))
    told = tuple(zip(stack, (weight for weight, _ in weights), strict=True))
    nodes = [
        Loader(file=one.file, strength_model=weight, strength_clip=of_text)
        for one, (weight, of_text) in zip(made, weights, strict=True)
    ]
    return told, nodes


def latents_error(
    base: LoadedBase, stack: Stack, peer: Draws, recipe: Recipe, other: Recipe | None = None
) -> float:
    """Draw with both, there perhaps another recipe; the largest difference by the largest value."""
    picture, easel = begin(base, recipe, stack), Easel(base)
    _widen(picture.course, base.unet.dtype)
    while not picture.course.finished:
        easel.do([picture])
    theirs = peer.latents(other or recipe)
    return float((picture.course.x - theirs).abs().max() / theirs.abs().max())


def _widen(course: Course, dtype: torch.dtype) -> None:
    """Let a picture take its steps in float64 where the base computes so."""
    course.x, course.sigmas = course.x.to(dtype), course.sigmas.to(dtype)
    course.past = Past(denoised=course.past.denoised.to(dtype), sigma=course.past.sigma.to(dtype))
