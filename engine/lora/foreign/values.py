"""Read a file's numbers one tensor at a time; numpy, torch-free."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from engine.lora.reading import FileHeader, TensorPlace

_KINDS: Final = {
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    "BF16": "<u2",
    "I64": "<i8",
    "I32": "<i4",
    "U8": "u1",
}
#: What of a bfloat16 is its exponent.
_EXPONENT: Final = 0x7F80


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """Reads from an open file; nothing larger than one tensor is ever in memory."""

    file: BinaryIO
    header: FileHeader

    def data(self, place: TensorPlace) -> bytes:
        """Read a tensor as it lies; ValueError when one of its numbers is none."""
        self.file.seek(self.header.data_start + place.start)
        data = self.file.read(place.end - place.start)
        if len(data) != place.end - place.start or not _finite(data, place.dtype):
            raise ValueError("no numbers")
        return data

    def floats(self, place: TensorPlace) -> NDArray[np.float32]:
        """Read a tensor, as `data`."""
        values = np.frombuffer(self.data(place), dtype=_KINDS[place.dtype])
        if place.dtype == "BF16":  # the upper half of a float32
            values = (values.astype(np.uint32) << 16).view(np.float32)
        with np.errstate(over="ignore"):  # of a float64; whoever asks looks
            return values.astype(np.float32).reshape(place.shape)

    def number(self, place: TensorPlace) -> float:
        """Read a tensor of one number; ValueError when a float32 cannot hold it."""
        value = float(self.floats(place).reshape(-1)[0])
        if not math.isfinite(value):
            raise ValueError("no number")
        return value


def composed(down: NDArray[np.float32], middle: NDArray[np.float32]) -> NDArray[np.float32]:
    """Make one down of LyCORIS' CP form, whose convolution is (rank, rank, height, width)."""
    flat = down.reshape(len(down), -1)
    with np.errstate(all="ignore"):
        return np.ascontiguousarray(np.einsum("rjhw,ji->rihw", middle, flat, optimize=True))


def _finite(data: bytes, dtype: str) -> bool:
    values = np.frombuffer(data, dtype=_KINDS[dtype])
    if dtype == "BF16":
        return bool(((values & _EXPONENT) != _EXPONENT).all())
    return bool(np.isfinite(values).all())
