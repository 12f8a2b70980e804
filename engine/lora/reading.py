"""Look into a LoRA file before any library does: header only, within limits, torch-free."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NoReturn

from engine.errors import JobFailed

#: A full SDXL LoRA with both text encoders needs 0.42 MB.
MAX_HEADER_BYTES: Final = 8 * 1024 * 1024
MAX_TENSORS: Final = 20_000
_SIZES: Final = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "U8": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorPlace:
    """One tensor of a file; offsets count from the end of the header."""

    dtype: str
    shape: tuple[int, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FileHeader:
    """A safetensors file's contents, without its data."""

    tensors: Mapping[str, TensorPlace]
    metadata: Mapping[str, str]
    #: where the data starts in the file
    data_start: int


def refuse(path: Path, reason: str) -> NoReturn:
    """Give up on a file in words."""
    raise JobFailed("style.file_broken", file=path.name, reason=reason)


def read_header(path: Path) -> FileHeader:
    """Read and check a safetensors header; JobFailed `style.file_broken` when it is none.

    Every tensor lies inside the file, has the size that its shape asks for, and no two overlap.
    """
    size_bytes = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if not 2 <= length <= min(MAX_HEADER_BYTES, size_bytes - 8):
            refuse(path, "no safetensors header")
        text = file.read(length)
    spelled = _parsed(path, text)
    metadata = _metadata(path, spelled.pop("__metadata__", {}))
    if len(spelled) > MAX_TENSORS:
        refuse(path, f"{len(spelled)} tensors")
    tensors = {name: _place(path, name, value) for name, value in spelled.items()}
    _check_gaps(path, tensors, size_bytes - 8 - length)
    return FileHeader(
        tensors=MappingProxyType(tensors),
        metadata=MappingProxyType(metadata),
        data_start=8 + length,
    )


def _parsed(path: Path, text: bytes) -> dict[str, Any]:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            refuse(path, "a name appears twice")
        return found

    try:
        spelled = json.loads(text, object_pairs_hook=unique)
    except (ValueError, RecursionError):
        refuse(path, "its header is not JSON")
    if not isinstance(spelled, dict):
        refuse(path, "its header is no object")
    return spelled


def _metadata(path: Path, value: object) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
        refuse(path, "its metadata is not text")
    return value


def _place(path: Path, name: str, value: object) -> TensorPlace:
    if not isinstance(value, dict) or set(value) != {"dtype", "shape", "data_offsets"}:
        refuse(path, f"{name[:80]} is not described")
    dtype, shape, offsets = value["dtype"], value["shape"], value["data_offsets"]
    known = isinstance(dtype, str) and dtype in _SIZES
    if not (known and _whole(shape, 5) and _whole(offsets, 2) and len(offsets) == 2):
        refuse(path, f"{name[:80]} is not described")
    start, end = offsets
    if end - start != math.prod(shape) * _SIZES[dtype]:
        refuse(path, f"{name[:80]} has the wrong size")
    return TensorPlace(dtype=dtype, shape=tuple(shape), start=start, end=end)


def _whole(value: object, most: int) -> bool:
    if not isinstance(value, list) or len(value) > most:
        return False
    return all(type(number) is int and 0 <= number < 2**48 for number in value)


def _check_gaps(path: Path, tensors: Mapping[str, TensorPlace], size_bytes: int) -> None:
    at = 0
    for place in sorted(tensors.values(), key=lambda place: (place.start, place.end)):
        if place.start != at:
            refuse(path, "tensors overlap or leave gaps")
        at = place.end
    if at != size_bytes:
        refuse(path, "the file is cut short or has a tail")
