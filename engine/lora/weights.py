"""A style's weights in memory."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LoraModule:
    """One adapted layer: W + scale · up @ down, with scale = alpha / rank (arXiv 2106.09685)."""

    #: (rank, in)
    down: Tensor
    #: (out, rank)
    up: Tensor
    alpha: float
    #: of a convolution, whose `in` is channels · height · width; None for a linear layer
    kernel: tuple[int, int] | None = None

    @property
    def rank(self) -> int:
        """Columns of `up`."""
        return self.down.shape[0]

    @property
    def scale(self) -> float:
        """What the product is multiplied by."""
        return self.alpha / self.rank

    def delta(self) -> Tensor:
        """Return what the layer's weight would change by, (out, in)."""
        return self.scale * (self.up @ self.down)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lora:
    """A whole style: diffusers U-Net path → its layer."""

    modules: Mapping[str, LoraModule]

    def parameters(self) -> list[Tensor]:
        """List all downs and ups, layer by layer in the mapping's order."""
        return [tensor for m in self.modules.values() for tensor in (m.down, m.up)]

    def to(self, *, device: torch.device | str, dtype: torch.dtype) -> Lora:
        """Copy to another place or kind; tensors already there are shared."""
        moved = {
            name: dataclasses.replace(m, down=m.down.to(device, dtype), up=m.up.to(device, dtype))
            for name, m in self.modules.items()
        }
        return Lora(modules=moved)
