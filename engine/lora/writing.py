"""Write a style in kohya's layout: equal styles, equal bytes."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import torch
from torch import Tensor

from engine.lora.names import UnetLayout, flat_name
from engine.lora.weights import Lora

#: Moving so much to the disk takes a moment; then others may have their turn.
PIECE_BYTES: Final = 32 << 20
_KINDS: Final = {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16"}


def kohya_tensors(lora: Lora, layout: UnetLayout) -> dict[str, Tensor]:
    """Name and shape tensors as kohya does: fp16 `lora_down`, `lora_up`, and float32 `alpha`.

    Those of a convolution are (rank, in, height, width) and (out, rank, 1, 1).
    """
    tensors: dict[str, Tensor] = {}
    for module, layer in lora.modules.items():
        flat = flat_name(module, layout)
        down, up = layer.down.detach().half(), layer.up.detach().half()
        if layer.kernel is not None:
            down, up = down.unflatten(1, (-1, *layer.kernel)), up[..., None, None]
        tensors[f"{flat}.lora_down.weight"], tensors[f"{flat}.lora_up.weight"] = down, up
        tensors[f"{flat}.alpha"] = torch.tensor(layer.alpha, dtype=torch.float32)
    return tensors


def write_style(path: Path, lora: Lora, layout: UnetLayout, metadata: Mapping[str, str]) -> None:
    """Write the file, with the hash that A1111 looks LoRAs up by added to the metadata."""
    tensors = kohya_tensors(lora, layout)
    digest = hashlib.sha256()
    for name in sorted(tensors):
        digest.update(_bytes(tensors[name]))
    write_tensors(path, tensors, {**metadata, "sshs_model_hash": digest.hexdigest()})


def write_tensors(path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> None:
    """Write safetensors with everything in name order; the library's own order is not fixed."""
    for _ in write_pieces(path, tensors, metadata):
        pass


def write_pieces(
    path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str]
) -> Iterator[None]:
    """Do what `write_tensors` does, about `PIECE_BYTES` per `next()`."""
    with path.open("wb") as file:
        file.write(_header(tensors, metadata))
        piece = 0
        for name in sorted(tensors):
            if piece >= PIECE_BYTES:
                yield
                piece = 0
            piece += file.write(_bytes(tensors[name]))


def _header(tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> bytes:
    header: dict[str, object] = {"__metadata__": dict(sorted(metadata.items()))}
    at = 0
    for name in sorted(tensors):
        tensor = tensors[name]
        where = [at, at + tensor.nbytes]
        kind = _KINDS[tensor.dtype]
        header[name] = {"dtype": kind, "shape": list(tensor.shape), "data_offsets": where}
        at += tensor.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text = text.ljust(8 * math.ceil(len(text) / 8))  # tensors start at a multiple of 8
    return len(text).to_bytes(8, "little") + text


def _bytes(tensor: Tensor) -> bytes:
    plain = tensor.detach().cpu().contiguous().reshape(-1)
    return plain.view(torch.uint8).numpy().tobytes()
