"""LoRA files of every kind that is promised, with random weights, as the engine writes them."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import torch

from engine.base.loading import LoadedBase
from engine.lora.weights import Lora, LoraModule
from engine.lora.writing import write_style


@dataclass(frozen=True, kw_only=True)
class Made:
    """A file, and what it was made of."""

    file: Path
    lora: Lora


#: what it is called → (rank, alpha) of the layer with this number
KINDS: dict[str, Callable[[int], tuple[int, float]]] = {
    "U-Net only": lambda _: (8, 4.0),
    "with text encoders": lambda _: (8, 4.0),
    "LoCon": lambda _: (8, 4.0),
    "rsLoRA": lambda _: (16, 8 / math.sqrt(16) * 16),
    "mixed ranks": lambda n: (2 + n % 5, 4.0),
    "mixed alphas": lambda n: (8, 1.0 + n % 7),
}


def write(kind: str, base: LoadedBase, folder: Path) -> Made:
    """Write a file of a kind; rsLoRA's alpha is scale · rank, as in every file of ours."""
    generator = torch.Generator().manual_seed(zlib.crc32(kind.encode()))
    modules = {
        path: _module(generator, shape, KINDS[kind](n), kernel)
        for n, (path, shape, kernel) in enumerate(_layers(kind, base))
    }
    file = folder / f"{kind.replace(' ', '-')}.safetensors"
    write_style(file, Lora(modules=modules), base.layout, {})
    return Made(file=file, lora=Lora(modules=modules))


Layer = tuple[str, tuple[int, int], tuple[int, int] | None]


def _layers(kind: str, base: LoadedBase) -> Iterator[Layer]:
    for path, shape in base.slots.layout.members.items():
        yield path, shape, None
    if kind == "with text encoders":
        for path in base.text.products.paths:
            outer, inner = base.text.products._products[path].weight.shape
            yield path, (inner, outer), None
    if kind == "LoCon":
        shapes = base.slots.others_layout.members
        for group in base.unet.others:
            if group.name.startswith(("down_", "mid_", "up_")):  # sd-scripts' blocks
                yield group.name, shapes[group.name], group.kernel


def _module(
    generator: torch.Generator,
    shape: tuple[int, int],
    strength: tuple[int, float],
    kernel: tuple[int, int] | None,
) -> LoraModule:
    (inner, outer), (rank, alpha) = shape, strength
    down = torch.randn((rank, inner), generator=generator) / math.sqrt(inner)
    up = torch.randn((outer, rank), generator=generator) * 0.02
    return LoraModule(down=down, up=up, alpha=alpha, kernel=kernel)
