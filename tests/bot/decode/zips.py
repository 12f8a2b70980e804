"""Archives as people pack them, and as nobody should."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Sequence

File = tuple[str, bytes]


def zipped(files: Sequence[File], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Pack files as every tool does."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return out.getvalue()


def raw_zip(
    entries: Sequence[tuple[bytes, bytes]],
    *,
    flags: int = 0,
    method: int = 8,
    attributes: int = 0,
    size: int | None = None,
    extra: bytes = b"",
    packed: bytes | None = None,
    crc: int | None = None,
) -> bytes:
    """Pack by hand: names as bytes, and everything that an honest tool would not say."""
    body, directory = bytearray(), bytearray()
    for name, data in entries:
        squeezed = zlib.compressobj(9, zlib.DEFLATED, -15)
        content = packed if packed is not None else squeezed.compress(data) + squeezed.flush()
        if method == 0:
            content = data
        sizes = (len(content), len(data) if size is None else size)
        checksum = zlib.crc32(data) if crc is None else crc
        common = (20, flags, method, 0, 33, checksum, *sizes, len(name), len(extra))
        directory += struct.pack(
            "<4s6H3L5H2L", b"PK\1\2", 20, *common, 0, 0, 0, attributes, len(body)
        ) + name + extra  # fmt: skip
        body += struct.pack("<4s5H3L2H", b"PK\3\4", *common) + name + extra + content
    return bytes(body + directory) + end_of(len(entries), len(directory), len(body))


def end_of(count: int, size: int, offset: int) -> bytes:
    count = min(count, 0xFFFF)
    return struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, size, offset, 0)


def overlapping(count: int, unpacked: int) -> bytes:
    """Let many entries share one packed body, the way of the non-recursive bombs."""
    squeezed = zlib.compressobj(9, zlib.DEFLATED, -15)
    content = squeezed.compress(bytes(unpacked)) + squeezed.flush()
    common = (20, 0, 8, 0, 33, zlib.crc32(bytes(unpacked)), len(content), unpacked, 1, 0)
    body = struct.pack("<4s5H3L2H", b"PK\3\4", *common) + b"a" + content
    entry = struct.pack("<4s6H3L5H2L", b"PK\1\2", 20, *common, 0, 0, 0, 0, 0)
    directory = b"".join(entry + bytes([97 + number % 26]) for number in range(count))
    return body + directory + end_of(count, len(directory), len(body))


def bomb(unpacked: int) -> bytes:
    """Pack zeros: a thousandth of what comes out."""
    return zipped([("drawing.png", bytes(unpacked))])


def liar(said: int, unpacked: int) -> bytes:
    """Say a small size of what unpacks to a large one."""
    return raw_zip([(b"drawing.png", bytes(unpacked))], size=said)


def many(count: int) -> bytes:
    """Pack a great number of small files."""
    return raw_zip([(b"%05d.png" % number, b"x") for number in range(count)], method=0)


def many_unsaid(count: int) -> bytes:
    """The same, with an end record that admits one."""
    whole = many(count)
    size, offset = struct.unpack_from("<2L", whole, len(whole) - 10)
    return whole[:-22] + end_of(1, size, offset)
