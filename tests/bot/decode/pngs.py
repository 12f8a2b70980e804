"""PNG files that no program would write."""

from __future__ import annotations

import struct
import zlib


def chunk(kind: bytes, data: bytes) -> bytes:
    """Make one chunk with its checksum."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def whole_png(width: int, height: int, depth: int, colour: int, rows: bytes) -> bytes:
    """Make a PNG of raw rows, each with its filter byte before it."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def huge_png(width: int, height: int) -> bytes:
    """Say so many pixels in the header of a small file, which breaks off for whoever decodes it."""
    return whole_png(width, height, 8, 2, bytes(100_000))
