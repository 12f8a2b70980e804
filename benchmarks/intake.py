"""How long it takes to refuse what was sent to do harm, and how much memory of the decoder.

Alone: `python -m benchmarks --only intake`.
"""

from __future__ import annotations

import asyncio
import io
import struct
import time
import zipfile
import zlib
from collections.abc import Sequence
from contextlib import aclosing
from pathlib import Path

from benchmarks.table import Measured
from bot.services.intake import IntakeService, Refused, Upload

MOST_SECONDS = 1.0
MOST_MB = 300
_GIGABYTE = 1_000_000_000


def measure() -> list[Measured]:
    """Hand over each file alone to a decoder that is not started yet."""
    cases = (
        ("a zip bomb of a gigabyte", "a.zip", _zip([("a.png", bytes(_GIGABYTE))])),
        ("a zip of 10,000 files", "a.zip", _zip([(f"{i}.png", b"x") for i in range(10_000)])),
        ("a zip that leaves its folder", "a.zip", _zip([("../../a.png", b"x")])),
        ("a PNG of 400 megapixels", "a.png", _black_png(20_000, 20_000)),
    )
    return [one for what, name, data in cases for one in asyncio.run(_refused(what, name, data))]


async def _refused(what: str, name: str, data: bytes) -> list[Measured]:
    async def read() -> bytes:
        return data

    service = IntakeService(max_bytes=25_000_000, min_edge=lambda: 64)
    upload = Upload(name=name, size_bytes=len(data), read=read)
    said = f"refusing {what} ({len(data) / 1e6:.1f} MB)"
    began = time.perf_counter()
    async with aclosing(service.judge([upload])) as outcomes:
        outcome = await anext(outcomes)
        took = time.perf_counter() - began
        peak = _peak_of_children_mb()
    if not isinstance(outcome, Refused):
        raise RuntimeError(f"{name} was taken")
    found = [
        Measured(name=f"{said}, the decoder's start included", value=took, unit="s",
                 goal=MOST_SECONDS)
    ]  # fmt: skip
    if peak is not None:
        found.append(
            Measured(name=f"{said}, the decoder's peak", value=peak, unit="MB", goal=MOST_MB)
        )
    return found


def _peak_of_children_mb() -> float | None:
    """Read the system's own mark of the decoder while it lives; None where there is none."""
    peaks: list[int] = []
    for listed in Path("/proc/self/task").glob("*/children"):
        for child in listed.read_text().split():
            status = Path("/proc", child, "status").read_text()
            peaks += [int(line.split()[1]) for line in status.splitlines() if "VmHWM" in line]
    return max(peaks) / 1024 if peaks else None


def _zip(files: Sequence[tuple[str, bytes]]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return out.getvalue()


def _black_png(width: int, height: int) -> bytes:
    """Write a whole picture row by row, as no library could in little memory."""
    squeezed = zlib.compressobj(1)
    row = bytes(1 + 3 * width)
    pixels = b"".join(squeezed.compress(row) for _ in range(height)) + squeezed.flush()
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", pixels), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, body) for kind, body in chunks)


def _chunk(kind: bytes, body: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(kind + body))
    return struct.pack(">I", len(body)) + kind + body + checksum
