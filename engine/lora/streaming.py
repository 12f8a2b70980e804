"""Stream tensors into a safetensors file that names the hashes of its own body; torch-free."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

#: Moving so much to the disk takes a moment; then others may have their turn.
PIECE_BYTES: Final = 32 << 20
#: ComfyUI shows no metadata of a file whose header is larger.
MAX_HEADER_BYTES: Final = 1 << 20
#: What A1111's oldest hash of a file looks at.
_LEGACY_START, _LEGACY_BYTES = 0x100000, 0x10000


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorKind:
    """What a header says of a tensor, besides its place."""

    #: safetensors' name: F16, F32, ...
    dtype: str
    shape: tuple[int, ...]
    size_bytes: int


#: Gives a tensor's bytes when its turn comes.
Read = Callable[[str], bytes]


def header_bytes(tensors: Mapping[str, TensorKind], metadata: Mapping[str, str]) -> bytes:
    """Spell a header with everything in name order; the tensors follow it in the same order."""
    header: dict[str, object] = {"__metadata__": dict(sorted(metadata.items()))}
    at = 0
    for name in sorted(tensors):
        kind = tensors[name]
        where = [at, at + kind.size_bytes]
        header[name] = {"dtype": kind.dtype, "shape": list(kind.shape), "data_offsets": where}
        at += kind.size_bytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text = text.ljust(8 * math.ceil(len(text) / 8))  # tensors start at a multiple of 8
    return len(text).to_bytes(8, "little") + text


def write_body(file: BinaryIO, tensors: Mapping[str, TensorKind], read: Read) -> Iterator[bytes]:
    """Write all tensors; gives what was written, about `PIECE_BYTES` per `next()`."""
    piece: list[bytes] = []
    size = 0
    for name in sorted(tensors):
        if size >= PIECE_BYTES:
            yield b"".join(piece)
            piece, size = [], 0
        piece.append(read(name))
        size += file.write(piece[-1])
    yield b"".join(piece)


def write_hashed(
    path: Path, tensors: Mapping[str, TensorKind], metadata: Mapping[str, str], read: Read
) -> None:
    """Write a file whose metadata also names the hashes that other programs look it up by.

    They are of the body, which comes after them in the file: they are counted while it streams,
    and written into the place that was kept for them. ValueError when the header is too large.
    """
    trained = {key: value for key, value in metadata.items() if key.startswith("ss_")}
    hashes = _BodyHashes(len(header_bytes(tensors, trained)))
    empty = header_bytes(tensors, {**metadata, **hashes.spelled()})
    if len(empty) > MAX_HEADER_BYTES:
        raise ValueError(f"a header of {len(empty)} bytes")
    with path.open("wb") as file:
        file.write(empty)
        for piece in write_body(file, tensors, read):
            hashes.update(piece)
        file.seek(0)
        file.write(header_bytes(tensors, {**metadata, **hashes.spelled()}))


class _BodyHashes:
    """Counts both of sd-scripts' hashes, and the model specification's, while a body passes.

    `sshs_model_hash` is the sha256 of all tensors. `sshs_legacy_hash` are the first 8 digits of
    the sha256 of 64 KiB, 1 MiB into the file as it would be with its `ss_*` metadata alone.
    """

    def __init__(self, trained_header_bytes: int) -> None:
        self._all, self._window = hashlib.sha256(), hashlib.sha256()
        self._at = trained_header_bytes

    def update(self, data: bytes) -> None:
        self._all.update(data)
        first = max(0, _LEGACY_START - self._at)
        last = max(0, _LEGACY_START + _LEGACY_BYTES - self._at)
        self._window.update(data[first:last])
        self._at += len(data)

    def spelled(self) -> dict[str, str]:
        digest = self._all.hexdigest()
        return {
            "modelspec.hash_sha256": f"0x{digest}",
            "sshs_legacy_hash": self._window.hexdigest()[:8],
            "sshs_model_hash": digest,
        }
