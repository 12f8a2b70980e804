"""What the U-Net is told besides the noisy latent."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditioning:
    """One row per latent."""

    #: (R, tokens, width), both text encoders side by side
    text: Tensor
    #: (R, width), pooled output of the second text encoder
    pooled: Tensor
    #: (R, 6): original height and width, crop top and left, target height and width
    size: Tensor


def size_rows(rows: int, size: tuple[int, int], device: torch.device | str = "cpu") -> Tensor:
    """Tell SDXL of pictures of this (width, height), neither resized nor cropped, (rows, 6)."""
    width, height = size
    row = [height, width, 0, 0, height, width]
    return torch.tensor([row] * rows, dtype=torch.float32, device=device)
