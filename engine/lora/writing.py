"""Write a style in kohya's layout: equal styles, equal bytes."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import torch
from torch import Tensor

from engine.lora.names import UnetLayout, flat_name
from engine.lora.weights import Lora

_KINDS: Final = {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16"}


def kohya_tensors(lora: Lora, layout: UnetLayout) -> dict[str, Tensor]:
    """Name and shape tensors as kohya does: fp16 `lora_down`, `lora_up`, and float32 `alpha`."""
    tensors: dict[str, Tensor] = {}
    for module, layer in lora.modules.items():
        flat = flat_name(module, layout)
        tensors[f"{flat}.lora_down.weight"] = layer.down.detach().half()
        tensors[f"{flat}.lora_up.weight"] = layer.up.detach().half()
        tensors[f"{flat}.alpha"] = torch.tensor(layer.alpha, dtype=torch.float32)
    return tensors


def write_style(path: Path, lora: Lora, layout: UnetLayout, metadata: Mapping[str, str]) -> None:
    """Write the file, with the hash that A1111 looks LoRAs up by added to the metadata."""
    write_tensors(path, kohya_tensors(lora, layout), metadata, hash_key="sshs_model_hash")


def write_tensors(
    path: Path,
    tensors: Mapping[str, Tensor],
    metadata: Mapping[str, str],
    *,
    hash_key: str | None = None,
) -> None:
    """Write safetensors with everything in name order; the library's own order is not fixed.

    `hash_key` names the metadata entry that gets the sha256 of all tensor bytes.
    """
    names = sorted(tensors)
    blobs = [_bytes(tensors[name]) for name in names]
    spelled = dict(metadata)
    if hash_key is not None:
        spelled[hash_key] = hashlib.sha256(b"".join(blobs)).hexdigest()
    header: dict[str, object] = {"__metadata__": dict(sorted(spelled.items()))}
    at = 0
    for name, blob in zip(names, blobs, strict=True):
        tensor = tensors[name]
        where = [at, at + len(blob)]
        kind = _KINDS[tensor.dtype]
        header[name] = {"dtype": kind, "shape": list(tensor.shape), "data_offsets": where}
        at += len(blob)
    text = json.dumps(header, separators=(",", ":")).encode()
    text = text.ljust(8 * math.ceil(len(text) / 8))  # tensors start at a multiple of 8
    with path.open("wb") as file:
        file.write(len(text).to_bytes(8, "little"))
        file.write(text)
        file.writelines(blobs)


def _bytes(tensor: Tensor) -> bytes:
    plain = tensor.detach().cpu().contiguous().reshape(-1)
    return plain.view(torch.uint8).numpy().tobytes()
