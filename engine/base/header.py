"""Look into a checkpoint in one file before any library does: header only, within limits."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, BinaryIO, Final, NoReturn

from engine.errors import JobFailed

#: SDXL's 2,515 tensors need 0.3 MB; a preview picture may stand beside them.
MAX_HEADER_BYTES: Final = 16 * 1024 * 1024
MAX_TENSORS: Final = 20_000
_SIZES: Final = {
    "F64": 8, "F32": 4, "F16": 2, "BF16": 2, "F8_E4M3": 1, "F8_E5M2": 1,
    "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U8": 1, "BOOL": 1,
}  # fmt: skip
#: What torch.save begins with: a zip archive now, a bare pickle long ago.
_PICKLED: Final = (b"PK\x03\x04", b"\x80\x02")
_PICKLED_ENDINGS: Final = frozenset({".ckpt", ".pt", ".pth", ".bin", ".pkl"})


@dataclass(frozen=True, slots=True)
class CheckpointHeader:
    """A safetensors file's contents, without its data."""

    shapes: Mapping[str, tuple[int, ...]]
    metadata: Mapping[str, str]


def read_checkpoint(file: Path) -> CheckpointHeader:
    """Read and check the header of a base in one file.

    JobFailed `engine.base_pickled`, `engine.base_not_safetensors`, `engine.base_truncated` or
    `engine.base_broken` when it is none, or when the data is not what the header says.
    """
    with file.open("rb") as stream:
        text, rest = _text(file, stream)
    spelled = _parsed(file, text)
    metadata = spelled.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(v, str) for v in metadata.values()):
        _broken(file, "its metadata is not text")
    if len(spelled) > MAX_TENSORS:
        _broken(file, f"{len(spelled)} tensors")
    ends = {name: _place(file, name, value) for name, value in spelled.items()}
    _check_data(file, sorted(ends.values()), rest)
    shapes = {name: tuple(value["shape"]) for name, value in spelled.items()}
    return CheckpointHeader(MappingProxyType(shapes), MappingProxyType(metadata))


def _text(file: Path, stream: BinaryIO) -> tuple[bytes, int]:
    """Return the header's text and how many bytes follow it."""
    size_bytes = file.stat().st_size
    start = stream.read(9)
    if file.suffix.lower() in _PICKLED_ENDINGS or start.startswith(_PICKLED):
        raise JobFailed("engine.base_pickled", base=file.name)
    length = int.from_bytes(start[:8], "little")
    if not start.endswith(b"{") or len(start) < 9 or length > MAX_HEADER_BYTES:
        raise JobFailed("engine.base_not_safetensors", base=file.name)
    if length > size_bytes - 8:
        _truncated(file, size_bytes, 8 + length)
    stream.seek(8)
    return stream.read(length), size_bytes - 8 - length


def _parsed(file: Path, text: bytes) -> dict[str, Any]:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            _broken(file, "a name appears twice")
        return found

    try:
        return json.loads(text, object_pairs_hook=unique)  # it begins like an object
    except (ValueError, RecursionError):
        _broken(file, "its header is not JSON")


def _place(file: Path, name: str, value: object) -> tuple[int, int]:
    """Return where a tensor's data starts and ends."""
    if not isinstance(value, dict) or set(value) != {"dtype", "shape", "data_offsets"}:
        _broken(file, f"{name[:80]} is not described")
    dtype, shape, offsets = value["dtype"], value["shape"], value["data_offsets"]
    known = isinstance(dtype, str) and dtype in _SIZES
    if not (known and _whole(shape, 5) and _whole(offsets, 2) and len(offsets) == 2):
        _broken(file, f"{name[:80]} is not described")
    start, end = offsets
    if end - start != math.prod(shape) * _SIZES[dtype]:
        _broken(file, f"{name[:80]} has the wrong size")
    return start, end


def _whole(value: object, most: int) -> bool:
    if not isinstance(value, list) or len(value) > most:
        return False
    return all(type(number) is int and 0 <= number < 2**48 for number in value)


def _check_data(file: Path, places: list[tuple[int, int]], rest: int) -> None:
    at = 0
    for start, end in places:
        if start != at:
            _broken(file, "tensors overlap or leave gaps")
        at = end
    if at > rest:
        size_bytes = file.stat().st_size
        _truncated(file, size_bytes, size_bytes - rest + at)
    if at < rest:
        _broken(file, "something follows its last tensor")


def _broken(file: Path, reason: str) -> NoReturn:
    raise JobFailed("engine.base_broken", base=file.name, reason=reason)


def _truncated(file: Path, has: int, needs: int) -> NoReturn:
    sizes = {"has": f"{has / 1e6:.1f}", "needs": f"{needs / 1e6:.1f}"}
    raise JobFailed("engine.base_truncated", base=file.name, **sizes)
