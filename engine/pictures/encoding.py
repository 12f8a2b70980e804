"""Latents to pictures, and pictures to PNG bytes."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any, Final

import torch
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from torch import Tensor
from torch.nn import functional

from engine.base.loading import LoadedBase
from engine.errors import JobFailed

#: zlib's run-length strategy: at level 1 it is four times faster than the default.
_RLE: Final = 3
#: Side of the latent that a preview is decoded from.
_PREVIEW: Final = 32


@torch.no_grad()
def decode(base: LoadedBase, latents: Tensor) -> list[Image.Image]:
    """Decode (B, C, h, w) latents, one by one so that memory does not grow with the batch.

    Values are cut to whole numbers as ComfyUI does, not rounded. JobFailed `draw.not_finite`
    when the latents are no numbers.
    """
    return [_picture(base, latents[i : i + 1]) for i in range(len(latents))]


def preview(base: LoadedBase, latent: Tensor) -> Image.Image:
    """Decode one (C, h, w) latent coarsely, at most 256 pixels a side."""
    small = latent[None]
    if max(small.shape[-2:]) > _PREVIEW:
        share = _PREVIEW / max(small.shape[-2:])
        small = functional.interpolate(small, scale_factor=share, mode="area")
    return decode(base, small)[0]


def _picture(base: LoadedBase, latent: Tensor) -> Image.Image:
    z: Any = (latent / base.latent_scale).float()  # diffusers says FloatTensor and means Tensor
    whole = base.plan.whole_pixels
    pixels = z.shape[-2] * z.shape[-1] * base.pixels_per_latent**2
    base.vae.use_tiling = whole is not None and pixels > whole
    decoded = base.vae.decode(z, return_dict=False)[0][0]
    if not bool(decoded.isfinite().all()):
        raise JobFailed("draw.not_finite")
    values = ((decoded / 2 + 0.5).clamp(0, 1) * 255).to(torch.uint8)
    return Image.fromarray(values.permute(1, 2, 0).cpu().numpy())


def png(picture: Image.Image, chunks: Mapping[str, str] | None = None) -> bytes:
    """Encode losslessly and fast, with these text chunks."""
    info = PngInfo()
    for key, text in (chunks or {}).items():
        info.add_text(key, text) if text.isascii() else info.add_itxt(key, text)
    if "workflow" in (chunks or {}):
        # ComfyUI's pages 1.32.2 to 1.33.12 open A1111's text rather than their own graph. Of one
        # name they take the last, and this kind of chunk is read by ComfyUI alone.
        info.add(b"comf", b"parameters\0")
    file = io.BytesIO()
    picture.save(file, "PNG", pnginfo=info, compress_level=1, compress_type=_RLE)
    return file.getvalue()
