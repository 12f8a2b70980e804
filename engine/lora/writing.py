"""Write a style in kohya's layout: equal styles, equal bytes."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import torch
from torch import Tensor

from engine.lora.names import UnetLayout, kohya_name
from engine.lora.streaming import TensorKind, header_bytes, write_body, write_hashed
from engine.lora.weights import Lora

_KINDS: Final = {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16"}


def kohya_tensors(lora: Lora, layout: UnetLayout) -> dict[str, Tensor]:
    """Name and shape tensors as kohya does: fp16 `lora_down`, `lora_up`, and float32 `alpha`.

    Those of a convolution are (rank, in, height, width) and (out, rank, 1, 1). Of a mixed style
    there are no alphas: see `as_written`.
    """
    tensors: dict[str, Tensor] = {}
    mixed = is_mixed(lora)
    for module, layer in as_written(lora).modules.items():
        flat = kohya_name(module, layout)
        down, up = layer.down.detach().half(), layer.up.detach().half()
        if layer.kernel is not None:
            down, up = down.unflatten(1, (-1, *layer.kernel)), up[..., None, None]
        tensors[f"{flat}.lora_down.weight"], tensors[f"{flat}.lora_up.weight"] = down, up
        if not mixed:
            tensors[f"{flat}.alpha"] = torch.tensor(layer.alpha, dtype=torch.float32)
    return tensors


def is_mixed(lora: Lora) -> bool:
    """Whether layers differ in rank or alpha."""
    return len({(layer.rank, layer.alpha) for layer in lora.modules.values()}) > 1


def as_written(lora: Lora) -> Lora:
    """Give the style as its file says it: of a mixed one with the scale inside `up`.

    diffusers gives attention layers the commonest alpha of a file, whatever their own is. Where no
    alpha is written, everyone takes the rank.
    """
    if not is_mixed(lora):
        return lora
    folded = {
        name: dataclasses.replace(layer, up=layer.up * layer.scale, alpha=float(layer.rank))
        for name, layer in lora.modules.items()
    }
    return Lora(modules=folded)


def write_style(path: Path, lora: Lora, layout: UnetLayout, metadata: Mapping[str, str]) -> None:
    """Write the file, with the hashes that other programs look LoRAs up by in its metadata."""
    tensors = kohya_tensors(lora, layout)
    write_hashed(path, _kinds(tensors), metadata, lambda name: _bytes(tensors[name]))


def write_tensors(path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> None:
    """Write safetensors with everything in name order; the library's own order is not fixed."""
    for _ in write_pieces(path, tensors, metadata):
        pass


def write_pieces(
    path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str]
) -> Iterator[None]:
    """Do what `write_tensors` does, some of it per `next()` (`streaming.PIECE_BYTES`)."""
    kinds = _kinds(tensors)
    with path.open("wb") as file:
        file.write(header_bytes(kinds, metadata))
        for _ in write_body(file, kinds, lambda name: _bytes(tensors[name])):
            yield


def _kinds(tensors: Mapping[str, Tensor]) -> dict[str, TensorKind]:
    return {
        name: TensorKind(
            dtype=_KINDS[tensor.dtype], shape=tuple(tensor.shape), size_bytes=tensor.nbytes
        )
        for name, tensor in tensors.items()
    }


def _bytes(tensor: Tensor) -> bytes:
    plain = tensor.detach().cpu().contiguous().reshape(-1)
    return plain.view(torch.uint8).numpy().tobytes()
