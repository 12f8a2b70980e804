"""Drawings and captions as tensors, encoded once before the first step.

They wait in the host's memory: a step moves what it shows.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from engine.base.buckets import Size, nearest_bucket, rules_of
from engine.base.encoding import EncodedText
from engine.base.families import family_of
from engine.base.loading import LoadedBase
from engine.base.windows import CAPTION_WINDOWS
from engine.captions.plain import variants
from engine.errors import JobFailed
from engine.lora.packed import Stack
from engine.protocol import TrainDrawing
from engine.training.cuts import Cut, cut_out, cuts
from engine.training.recipe import TrainRecipe


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class View:
    """One cut of a drawing as the U-Net sees it."""

    #: the latent's posterior, each (1, C, h, w) in the U-Net's scale
    mean: Tensor
    std: Tensor
    #: what SDXL is told: height and width before scaling, top and left of the cut, height and
    #: width of what is seen (Podell et al. 2023, arXiv 2307.01952, section 2.2), (1, 6)
    told: Tensor


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EncodedDrawing:
    """One drawing as the training sees it."""

    #: pixels, (width, height)
    size: Size
    #: the middle first
    views: tuple[View, ...]
    #: the caption in several orders, the given one first
    texts: tuple[EncodedText, ...]


@dataclass(slots=True, kw_only=True, eq=False)
class TrainingSet:
    """All drawings of one training, in the given order."""

    #: what the U-Net reads where a caption is left out
    no_text: EncodedText
    #: over files, captions and split; another one is another training
    fingerprint: str
    train: list[EncodedDrawing] = field(default_factory=list)
    held_out: list[EncodedDrawing] = field(default_factory=list)

    @property
    def sizes(self) -> list[Size]:
        """Of each drawing that is trained on."""
        return [drawing.size for drawing in self.train]


def empty_set(base: LoadedBase, drawings: Sequence[TrainDrawing]) -> TrainingSet:
    """Start the set that these drawings will fill; JobFailed `train.no_drawings` for none."""
    if all(drawing.held_out for drawing in drawings):
        raise JobFailed("train.no_drawings")
    return TrainingSet(no_text=_text(base, ""), fingerprint=_fingerprint(drawings))


def add_drawing(
    data: TrainingSet, base: LoadedBase, drawing: TrainDrawing, recipe: TrainRecipe, *, number: int
) -> Iterator[None]:
    """Encode drawing `number`, counted from 0, into the set; as `encoded`."""
    one = yield from encoded(base, drawing, recipe, number=number)
    (data.held_out if drawing.held_out else data.train).append(one)


def encoded(
    base: LoadedBase,
    drawing: TrainDrawing,
    recipe: TrainRecipe,
    *,
    number: int,
    stack: Stack = (),
) -> Generator[None, None, EncodedDrawing]:
    """Encode drawing `number`, counted from 0, a cut or a caption per `next()`.

    JobFailed `train.bad_drawing` says which one it is, counted from 1. A held-out drawing is only
    measured on: one cut and one order of its caption will do. Captions are read with the text
    layers of the `stack`.
    """
    if drawing.held_out:
        recipe = dataclasses.replace(recipe, crops=1, captions=1)
    seed = recipe.seed * 100_003 + number
    picture = _opened(drawing, number)
    size = nearest_bucket(*picture.size, rules_of(family_of(base.family)))
    views: list[View] = []
    for cut in cuts(picture.size, size, most=recipe.crops, seed=seed):
        views.append(_view(base, picture, cut, size, number))
        yield
    texts: list[EncodedText] = []
    for order in variants(drawing.caption, count=recipe.captions, seed=seed, keep=recipe.keep_tags):
        texts.append(_text(base, order, stack))
        yield
    return EncodedDrawing(size=size, views=tuple(views), texts=tuple(texts))


def _opened(drawing: TrainDrawing, number: int) -> Image.Image:
    try:
        with Image.open(drawing.file.path) as picture:
            return picture.convert("RGB")
    except (OSError, ValueError, SyntaxError) as error:
        # The error's own text may name the file's place on this machine.
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise JobFailed("train.bad_drawing", drawing=number + 1, reason=reason) from error


def _view(base: LoadedBase, picture: Image.Image, cut: Cut, size: Size, number: int) -> View:
    values = torch.from_numpy(np.array(cut_out(picture, cut, size))).permute(2, 0, 1)[None]
    mean, std = _latent(base, values.float() / 127.5 - 1)
    if not bool((mean.isfinite() & std.isfinite()).all()):
        raise JobFailed("train.bad_drawing", drawing=number + 1, reason="not finite")
    (width, height), (wide, high) = size, picture.size
    row = [high, wide, cut.top, cut.left, height, width]
    if not family_of(base.family).told_of_cuts:
        row = [height, width, 0, 0, height, width]
    return View(mean=mean, std=std, told=torch.tensor([row], dtype=torch.float32))


@torch.no_grad()
def _latent(base: LoadedBase, pixels: Tensor) -> tuple[Tensor, Tensor]:
    # Set here, as a picture that was decoded before may have left it as it liked.
    base.vae.use_tiling = base.plan.tiled
    posterior = base.vae.encode(pixels.to(base.device), return_dict=False)[0]
    scale = base.latent_scale
    return (posterior.mean * scale).cpu(), (posterior.std * scale).cpu()


def _text(base: LoadedBase, caption: str, stack: Stack = ()) -> EncodedText:
    """Encode a caption to its 225th token, in the kind that the U-Net reads, on the host."""
    text = base.text.encode_once(caption, most=CAPTION_WINDOWS, stack=stack)
    kept = text.text.to("cpu", base.unet.dtype), text.pooled.to("cpu", base.unet.dtype)
    return dataclasses.replace(text, text=kept[0], pooled=kept[1])


def _fingerprint(drawings: Sequence[TrainDrawing]) -> str:
    lines = (f"{d.file.sha256} {int(d.held_out)} {d.caption!r}\n" for d in drawings)
    return hashlib.sha256("".join(lines).encode()).hexdigest()
