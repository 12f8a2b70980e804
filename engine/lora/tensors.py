"""Read a style's tensors from a file whose header was found good."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import torch
from torch import Tensor

from engine.lora.names import UnetLayout, flat_names
from engine.lora.reading import FileHeader, TensorPlace, read_header, refuse
from engine.lora.weights import Lora, LoraModule

_KINDS: Final = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "I64": torch.int64,
    "I32": torch.int32,
    "U8": torch.uint8,
}


def read_tensors(path: Path) -> tuple[FileHeader, dict[str, Tensor]]:
    """Read a whole safetensors file into memory; JobFailed when it is none."""
    header = read_header(path)
    with path.open("rb") as file:
        file.seek(header.data_start)
        data = bytearray(file.read())
    return header, {name: _tensor(data, place) for name, place in header.tensors.items()}


def read_style(path: Path, modules: Iterable[str], layout: UnetLayout) -> Lora:
    """Read a file in kohya's layout for a U-Net with these module paths; float32 on the CPU.

    Every tensor must belong to a module, every module must be whole; else JobFailed
    `style.file_broken` names the first that is not.
    """
    _, tensors = read_tensors(path)
    paths = flat_names(modules, layout)
    layers: dict[str, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        flat, _, part = name.partition(".")
        if flat not in paths or part not in {"lora_down.weight", "lora_up.weight", "alpha"}:
            refuse(path, f"{name[:80]} fits no layer")
        layers.setdefault(flat, {})[part] = tensor
    read = {paths[flat]: _module(path, flat, parts) for flat, parts in sorted(layers.items())}
    if not read:
        refuse(path, "it adapts nothing")
    return Lora(modules=read)


def _module(path: Path, flat: str, parts: dict[str, Tensor]) -> LoraModule:
    down, up = parts.get("lora_down.weight"), parts.get("lora_up.weight")
    if down is None or up is None or down.ndim != 2 or up.ndim != 2:
        refuse(path, f"{flat} is not whole")
    if up.shape[1] != down.shape[0] or down.shape[0] == 0:
        refuse(path, f"{flat} has two ranks")
    alpha = float(parts["alpha"]) if "alpha" in parts else float(down.shape[0])
    layer = LoraModule(down=down.float(), up=up.float(), alpha=alpha)
    if not (math.isfinite(alpha) and all(bool(t.isfinite().all()) for t in (layer.down, layer.up))):
        refuse(path, f"{flat} has values that are no numbers")
    return layer


def _tensor(data: bytearray, place: TensorPlace) -> Tensor:
    kind = _KINDS[place.dtype]
    count = math.prod(place.shape)
    if not count:
        return torch.empty(place.shape, dtype=kind)
    return torch.frombuffer(data, dtype=kind, count=count, offset=place.start).reshape(place.shape)
