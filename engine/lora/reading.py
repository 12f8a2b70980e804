"""Look into a LoRA file before any library does: header only, within limits, torch-free."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from engine.errors import JobFailed

#: A full SDXL LoRA with both text encoders needs 0.42 MB.
MAX_HEADER_BYTES: Final = 8 * 1024 * 1024
MAX_TENSORS: Final = 20_000
MAX_NAME_CHARS: Final = 300
_SIZES: Final = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "U8": 1}
#: How files begin that are often handed over instead; the first bytes of safetensors are a number.
_OTHERS: Final = {
    b"PK": "lora.archive",
    b"\x80\x02": "lora.pickle",
    b"\x80\x03": "lora.pickle",
    b"\x80\x04": "lora.pickle",
    b"\x80\x05": "lora.pickle",
    b"version https://git-lfs": "lora.pointer",
    b"<": "lora.page",
    b"GGUF": "lora.not_safetensors",
}
#: A safetensors file whose length begins with such a byte has a brace there.
_BRACE_AT: Final = 8


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


def read_header(path: Path) -> FileHeader:
    """Read and check a safetensors header; JobFailed `lora.…` says what is wrong with it.

    Every tensor lies inside the file, has the size that its shape asks for, and no two overlap.
    """
    size_bytes = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(32)
        length = int.from_bytes(start[:8], "little")
        _check_start(path, start)
        if length > MAX_HEADER_BYTES:
            raise JobFailed("lora.header_large", file=path.name, most=MAX_HEADER_BYTES >> 20)
        if length > size_bytes - 8:
            raise JobFailed("lora.cut", file=path.name)
        file.seek(8)
        text = file.read(length)
    _check_marks(path, text)
    spelled = _parsed(path, text)
    metadata = _metadata(path, spelled.pop("__metadata__", {}))
    _check_count(path, len(spelled), MAX_TENSORS)
    tensors = {name: _place(path, name, value) for name, value in spelled.items()}
    _check_gaps(path, tensors, size_bytes - 8 - length)
    return FileHeader(
        tensors=MappingProxyType(tensors),
        metadata=MappingProxyType(metadata),
        data_start=8 + length,
    )


def _check_start(path: Path, start: bytes) -> None:
    if start[_BRACE_AT : _BRACE_AT + 1] == b"{":
        return
    kind = next((key for mark, key in _OTHERS.items() if start.startswith(mark)), None)
    raise JobFailed(kind or "lora.not_safetensors", file=path.name)


def _check_count(path: Path, count: int, most: int) -> None:
    if count > most:
        raise JobFailed("lora.many", file=path.name, count=count, most=MAX_TENSORS)


def _check_marks(path: Path, text: bytes) -> None:
    """Count before parsing, which is slow and takes memory for each; metadata has some of them."""
    objects = text.count(b"{")
    _check_count(path, objects, 2 * MAX_TENSORS)
    if objects + text.count(b"[") + text.count(b'":') > 10 * MAX_TENSORS:  # a tensor needs 7
        raise JobFailed("lora.header_broken", file=path.name)


def _parsed(path: Path, text: bytes) -> dict[str, Any]:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            seen: set[str] = set()
            name = next(name for name, _ in pairs if name in seen or seen.add(name))
            raise JobFailed("lora.twice", file=path.name, name=name[:80])
        return found

    try:
        spelled = json.loads(text, object_pairs_hook=unique)
    except (ValueError, RecursionError):
        raise JobFailed("lora.header_broken", file=path.name) from None
    if not isinstance(spelled, dict):
        raise JobFailed("lora.header_broken", file=path.name)
    return spelled


def _metadata(path: Path, value: object) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
        raise JobFailed("lora.header_broken", file=path.name)
    return value


def _place(path: Path, name: str, value: object) -> TensorPlace:
    bad = JobFailed("lora.tensor_bad", file=path.name, name=name[:80])
    if not isinstance(value, dict) or set(value) != {"dtype", "shape", "data_offsets"}:
        raise bad
    dtype, shape, offsets = value["dtype"], value["shape"], value["data_offsets"]
    if len(name) > MAX_NAME_CHARS or not isinstance(dtype, str):
        raise bad
    if not (_whole(shape, 5) and _whole(offsets, 2) and len(offsets) == 2):
        raise bad
    if dtype not in _SIZES:
        raise JobFailed("lora.dtype", file=path.name, name=name[:80], dtype=dtype[:20])
    start, end = offsets
    if end - start != math.prod(shape) * _SIZES[dtype]:
        raise bad
    return TensorPlace(dtype=dtype, shape=tuple(shape), start=start, end=end)


def _whole(value: object, most: int) -> bool:
    if not isinstance(value, list) or len(value) > most:
        return False
    return all(type(number) is int and 0 <= number < 2**48 for number in value)


def _check_gaps(path: Path, tensors: Mapping[str, TensorPlace], size_bytes: int) -> None:
    at = 0
    for place in sorted(tensors.values(), key=lambda place: (place.start, place.end)):
        if place.start != at:
            raise JobFailed("lora.overlap", file=path.name)
        at = place.end
    if at > size_bytes:
        raise JobFailed("lora.cut", file=path.name)
    if at != size_bytes:
        raise JobFailed("lora.tail", file=path.name)
