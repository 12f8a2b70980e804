"""What running out of memory looks like; torch-free, for the scripted worker has none."""

from __future__ import annotations

import re
from typing import Final

#: How a processor's allocator, a driver and the libraries above it word it.
_SAYINGS: Final = (
    *("allocate memory", "not enough memory", "out of memory"),
    *("CUBLAS_STATUS_ALLOC_FAILED", "CUDNN_STATUS_ALLOC_FAILED"),
)
_ASKED: Final = re.compile(r"allocate ([\d.]+) ?(bytes|[KMGT]iB)")
_UNITS: Final = {"bytes": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}


def is_shortage(error: BaseException) -> bool:
    """Whether there was no memory; on a processor PyTorch says it with a plain RuntimeError."""
    # torch's own kind by name: it may not be imported here
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    return isinstance(error, RuntimeError) and any(words in str(error) for words in _SAYINGS)


def asked_bytes(error: BaseException) -> int | None:
    """Read how much was asked for in vain; None where the error does not say."""
    found = _ASKED.search(str(error))
    return None if found is None else round(float(found[1]) * _UNITS[found[2]])
