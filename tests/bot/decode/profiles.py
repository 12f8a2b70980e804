"""Colour profiles made by hand, so that it is known what they mean."""

from __future__ import annotations

import itertools
import struct

Lab = tuple[float, float, float]

#: CIELAB under D50 of the inks alone and of bare paper. White is white and black is black, so that
#: a reader that brings both ends into range, as they all do, changes nothing.
PAPER: Lab = (100.0, 0.0, 0.0)
INKS: tuple[Lab, ...] = ((62, -18.0, -26.0), (54.0, 46.0, -6.0), (88.0, -4.0, 60.0), (0, 0, 0))


def print_profile() -> bytes:
    """Make a profile from CMYK to CIELAB with one table (ICC.1:2001, 6.5.9)."""
    return _profile(b"prtr", b"CMYK", b"Lab ", {b"A2B0": _table()})


def swapped_profile() -> bytes:
    """Make a screen's profile whose red is sRGB's green and the other way round."""
    red, green, blue = (
        (0.4360747, 0.2225045, 0.0139322),
        (0.3850649, 0.7168786, 0.0971045),
        (0.1430804, 0.0606169, 0.7141733),
    )
    curve = b"curv" + bytes(4) + struct.pack(">IH", 1, round(2.2 * 256)) + bytes(2)
    tags = {b"wtpt": _xyz((0.9642, 1.0, 0.8249))}
    tags |= {b"rXYZ": _xyz(green), b"gXYZ": _xyz(red), b"bXYZ": _xyz(blue)}
    tags |= {b"rTRC": curve, b"gTRC": curve, b"bTRC": curve}
    return _profile(b"mntr", b"RGB ", b"XYZ ", tags)


def _profile(kind: bytes, space: bytes, into: bytes, tags: dict[bytes, bytes]) -> bytes:
    tags = {b"desc": _described(b"a test's own"), **tags}
    offset = 128 + 4 + 12 * len(tags)
    index, body = struct.pack(">I", len(tags)), b""
    for name, data in tags.items():
        index += struct.pack(">4sII", name, offset + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    size = offset + len(body)
    head = struct.pack(">I4sI4s4s4s", size, b"", 0x02400000, kind, space, into)
    head = (head + bytes(12) + b"acsp").ljust(68, b"\0") + struct.pack(
        ">3I", 0xF6D6, 0x10000, 0xD32D
    )
    return head.ljust(128, b"\0") + index + body


def _described(text: bytes) -> bytes:
    return b"desc" + bytes(4) + struct.pack(">I", len(text) + 1) + text + bytes(1 + 78)


def _xyz(values: tuple[float, float, float]) -> bytes:
    return b"XYZ " + bytes(4) + struct.pack(">3i", *(round(value * 65536) for value in values))


def _table() -> bytes:
    straight = bytes(range(256))
    matrix = struct.pack(">9i", *(65536 if i % 4 == 0 else 0 for i in range(9)))
    colours = b"".join(_encoded(inks) for inks in itertools.product((0, 1), repeat=4))
    return b"mft1" + bytes(4) + bytes((4, 3, 2, 0)) + matrix + straight * 4 + colours + straight * 3


def _encoded(inks: tuple[int, ...]) -> bytes:
    laid = [lab for lab, amount in zip(INKS, inks, strict=True) if amount] or [PAPER]
    if inks[3]:
        laid = [INKS[3]]
    light, a, b = (sum(lab[i] for lab in laid) / len(laid) for i in range(3))
    return bytes((round(light * 2.55), round(a + 128), round(b + 128)))


def srgb_of(lab: Lab) -> tuple[int, ...]:
    """Turn CIELAB under D50 into sRGB by the formulas (CIE 15; Bradford; IEC 61966-2-1)."""
    fy = (lab[0] + 16) / 116
    f = (fy + lab[1] / 500, fy, fy - lab[2] / 200)
    white = (0.9642, 1.0, 0.8249)
    xyz = [
        w * (t**3 if t > 6 / 29 else (t - 4 / 29) * 108 / 841)
        for w, t in zip(white, f, strict=True)
    ]
    rows = (
        (3.1338561, -1.6168667, -0.4906146),
        (-0.9787684, 1.9161415, 0.0334540),
        (0.0719453, -0.2289914, 1.4052427),
    )  # XYZ under D50 to linear sRGB
    linear = [min(1.0, max(0.0, sum(m * v for m, v in zip(row, xyz, strict=True)))) for row in rows]
    return tuple(
        round(255 * (12.92 * v if v <= 0.0031308 else 1.055 * v ** (1 / 2.4) - 0.055))
        for v in linear
    )
