"""Read a style's tensors from a file whose header was found good."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NoReturn

import torch
from torch import Tensor

from engine.errors import JobFailed
from engine.lora.foreign.kinds import check_kind
from engine.lora.reading import FileHeader, TensorPlace, read_header
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
_PARTS: Final = {"lora_down.weight", "lora_up.weight", "lora_mid.weight", "alpha"}


def read_tensors(path: Path) -> tuple[FileHeader, dict[str, Tensor]]:
    """Read a whole safetensors file into memory; JobFailed when it is none."""
    header = read_header(path)
    with path.open("rb") as file:
        file.seek(header.data_start)
        data = bytearray(file.read())
    return header, {name: _tensor(data, place) for name, place in header.tensors.items()}


def read_style(path: Path, names: Mapping[str, str]) -> Lora:
    """Read a file in kohya's layout; float32 on the CPU. `names` are flat name → path.

    Every tensor must belong to a layer, every layer must be whole; else JobFailed
    `style.file_broken` names the first that is not. JobFailed `style.other_kind` when it changes
    layers in another way than by low rank.
    """
    header, tensors = read_tensors(path)
    check_kind(path.name, header.tensors)
    layers: dict[str, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        flat, _, part = name.partition(".")
        if flat not in names or part not in _PARTS:
            refuse(path, f"{name[:80]} fits no layer")
        layers.setdefault(flat, {})[part] = tensor
    read = {names[flat]: _module(path, flat, parts) for flat, parts in sorted(layers.items())}
    if not read:
        refuse(path, "it adapts nothing")
    return Lora(modules=read)


def refuse(path: Path, reason: str) -> NoReturn:
    """Give up on a file in words."""
    raise JobFailed("style.file_broken", file=path.name, reason=reason)


def _module(path: Path, flat: str, parts: dict[str, Tensor]) -> LoraModule:
    down, up = parts.get("lora_down.weight"), parts.get("lora_up.weight")
    if down is None or up is None or down.ndim not in {2, 4} or up.ndim not in {2, 4}:
        refuse(path, f"{flat} is not whole")
    up, alpha = up.float().flatten(1), parts.get("alpha")
    down = _composed(path, flat, down.float(), parts.get("lora_mid.weight"))
    if up.shape[1] != down.shape[0] or down.shape[0] == 0:
        refuse(path, f"{flat} has two ranks")
    if alpha is not None and alpha.numel() != 1:
        refuse(path, f"{flat} has more than one alpha")
    layer = LoraModule(down=down, up=up, alpha=float(len(down) if alpha is None else alpha))
    numbers = all(bool(t.isfinite().all()) for t in (layer.down, layer.up))
    if not (math.isfinite(layer.alpha) and numbers):
        refuse(path, f"{flat} has values that are no numbers")
    return layer


def _composed(path: Path, flat: str, down: Tensor, middle: Tensor | None) -> Tensor:
    """Lay a down flat, (rank, in · kernel); with a middle, the two are one convolution.

    LyCORIS' CP form: a down of one pixel, then `lora_mid` (rank, rank, height, width).
    """
    if middle is None:
        return down.flatten(1)
    down = down.flatten(1)
    if middle.ndim != 4 or middle.shape[1] != len(down):
        refuse(path, f"{flat} has a middle that does not fit")
    return torch.einsum("rjhw,ji->rihw", middle.float(), down).flatten(1)


def _tensor(data: bytearray, place: TensorPlace) -> Tensor:
    kind = _KINDS[place.dtype]
    count = math.prod(place.shape)
    if not count:
        return torch.empty(place.shape, dtype=kind)
    return torch.frombuffer(data, dtype=kind, count=count, offset=place.start).reshape(place.shape)
