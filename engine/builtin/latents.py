"""Cached latents of the training pictures, as the finished encoder sees them."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL

from engine.builtin.budget import load_state, save_state
from engine.builtin.codec import encode, load_codec, to_pixels
from engine.builtin.gallery import Gallery
from engine.builtin.precision import mixed_precision

log = logging.getLogger(__name__)

BATCH = 16


@dataclass(frozen=True, slots=True)
class Latents:
    """`mean` and `spread` are (N, 4, 16, 16) float16, both already times `scale`."""

    mean: torch.Tensor
    spread: torch.Tensor
    scale: float

    def sample(self, rows: np.ndarray, generator: torch.Generator) -> torch.Tensor:
        """Draw (B, 4, 16, 16) float32 latents of these pictures, of about unit variance."""
        mean, spread = self.mean[rows].float(), self.spread[rows].float()
        return mean + spread * torch.randn(mean.shape, generator=generator)


@torch.inference_mode()
def _encode(codec: AutoencoderKL, gallery: Gallery) -> tuple[torch.Tensor, torch.Tensor]:
    means, spreads = [], []
    for first in range(0, len(gallery.pixels), BATCH):
        with mixed_precision():
            latent = encode(codec, to_pixels(gallery.pixels[first : first + BATCH]))
        means.append(latent.mean.half())
        spreads.append(latent.std.half())
        if first % 2000 < BATCH:
            log.info("encoded %d of %d pictures", first, len(gallery.pixels))
    return torch.cat(means), torch.cat(spreads)


def open_latents(folder: Path, gallery: Gallery) -> Latents:
    """Read the cache, or fill it; the scale is one over the latents' standard deviation."""
    path = folder / "latents.pt"
    state = load_state(path)
    if state is None:
        mean, spread = _encode(load_codec(folder), gallery)
        scale = float(1 / mean.float().std())
        state = {"mean": mean, "spread": spread, "scale": scale}
        save_state(path, state)
        log.info("latents cached, scaling factor %.4f", scale)
    scale = state["scale"]
    return Latents(state["mean"] * scale, state["spread"] * scale, scale)
