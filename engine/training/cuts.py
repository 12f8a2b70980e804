"""The cuts of a drawing that its bucket leaves room for."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final

from PIL import Image

from engine.base.buckets import Size, enlargement

#: Cuts nearer to each other than one latent are the same to the U-Net.
_LATENT_PIXELS: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A part of a drawing in the shape of its bucket; nothing is distorted."""

    #: in the drawing's pixels: left, top, right, bottom
    box: tuple[float, float, float, float]
    #: how far from the top and the left, in pixels of the scaled drawing
    top: int
    left: int


def cuts(size: Size, bucket: Size, *, most: int, seed: int) -> list[Cut]:
    """Choose up to `most` cuts of a drawing of this (width, height), the middle first.

    The drawing is scaled to just cover the bucket, so there is room along one side at most; no more
    cuts than latents fit into it.
    """
    factor = enlargement(size, bucket)
    room = (size[0] - bucket[0] / factor, size[1] - bucket[1] / factor)
    order = random.Random(seed)
    made = [_cut(bucket, factor, room, (0.5, 0.5))]
    different = 1 + int(max(room) * factor / _LATENT_PIXELS)
    while len(made) < min(most, different):
        made.append(_cut(bucket, factor, room, (order.random(), order.random())))
    return made


def _cut(bucket: Size, factor: float, room: tuple[float, float], where: tuple[float, float]) -> Cut:
    left, top = (max(0.0, space) * share for space, share in zip(room, where, strict=True))
    return Cut(
        box=(left, top, left + bucket[0] / factor, top + bucket[1] / factor),
        top=round(top * factor),
        left=round(left * factor),
    )


def cut_out(picture: Image.Image, cut: Cut, bucket: Size) -> Image.Image:
    """Scale the part to the bucket's size; a picture that is it already stays as it is."""
    left, top, right, bottom = cut.box
    inside = (left, top, min(right, picture.width), min(bottom, picture.height))
    return picture.convert("RGB").resize(bucket, Image.Resampling.LANCZOS, box=inside)
