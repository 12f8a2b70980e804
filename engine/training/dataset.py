"""Drawings and captions as tensors, encoded once before the first step."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

from engine.base.encoding import EncodedText
from engine.base.families import family_of
from engine.base.loading import LoadedBase
from engine.captions.plain import variants
from engine.errors import JobFailed
from engine.protocol import TrainDrawing

#: Orders of the tags that are encoded per drawing.
_ORDERS: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EncodedDrawing:
    """One drawing as the training sees it."""

    #: the latent's posterior, each (1, C, h, w) in the U-Net's scale
    mean: Tensor
    std: Tensor
    #: the caption in several orders
    texts: tuple[EncodedText, ...]


@dataclass(slots=True, kw_only=True, eq=False)
class TrainingSet:
    """All drawings of one training, in the given order."""

    #: pixels, (width, height)
    size: tuple[int, int]
    #: what the U-Net reads where a caption is left out
    no_text: EncodedText
    #: over files, captions and split; another one is another training
    fingerprint: str
    train: list[EncodedDrawing] = field(default_factory=list)
    held_out: list[EncodedDrawing] = field(default_factory=list)


def empty_set(base: LoadedBase, drawings: Sequence[TrainDrawing]) -> TrainingSet:
    """Start the set that these drawings will fill; JobFailed `train.no_drawings` for none."""
    if all(drawing.held_out for drawing in drawings):
        raise JobFailed("train.no_drawings")
    family = family_of(base.family)
    return TrainingSet(
        size=(family.width, family.height),
        no_text=base.text.encode(""),
        fingerprint=_fingerprint(drawings),
    )


def add_drawing(
    data: TrainingSet, base: LoadedBase, drawing: TrainDrawing, *, number: int, seed: int
) -> None:
    """Encode drawing `number`, counted from 0, into the set.

    JobFailed `train.bad_drawing` says which one it is, counted from 1.
    """
    mean, std = _latent(base, _pixels(drawing, number, data.size))
    if not bool((mean.isfinite() & std.isfinite()).all()):
        raise JobFailed("train.bad_drawing", drawing=number + 1, reason="not finite")
    orders = variants(drawing.caption, count=_ORDERS, seed=seed * 100_003 + number)
    texts = tuple(base.text.encode(order) for order in orders)
    encoded = EncodedDrawing(mean=mean, std=std, texts=texts)
    (data.held_out if drawing.held_out else data.train).append(encoded)


def cover(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Scale to cover the size and crop the middle; the shape of things is never distorted."""
    return ImageOps.fit(picture.convert("RGB"), size, Image.Resampling.LANCZOS)


def _pixels(drawing: TrainDrawing, number: int, size: tuple[int, int]) -> Tensor:
    """Read one drawing, (1, 3, H, W) float32 in [-1, 1]."""
    try:
        with Image.open(drawing.file.path) as picture:
            fitted = cover(picture, size)
    except (OSError, ValueError, SyntaxError) as error:
        # The error's own text may name the file's place on this machine.
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise JobFailed("train.bad_drawing", drawing=number + 1, reason=reason) from error
    values = torch.from_numpy(np.array(fitted)).permute(2, 0, 1)[None]
    return values.float() / 127.5 - 1


@torch.no_grad()
def _latent(base: LoadedBase, pixels: Tensor) -> tuple[Tensor, Tensor]:
    posterior = base.vae.encode(pixels.to(base.device), return_dict=False)[0]
    return posterior.mean * base.latent_scale, posterior.std * base.latent_scale


def _fingerprint(drawings: Sequence[TrainDrawing]) -> str:
    lines = (f"{d.file.sha256} {int(d.held_out)} {d.caption!r}\n" for d in drawings)
    return hashlib.sha256("".join(lines).encode()).hexdigest()
