"""A drawn picture as WebP, for where its PNG is too large; what it carries goes with it.

WebP has no text chunks. A1111 keeps `parameters` in the EXIF field UserComment, as UTF-16 with the
more significant byte first; ComfyUI keeps `key:text` in the fields from Model downwards, and its
window reads them from there.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Mapping, Sequence
from typing import Any, Final

from PIL import Image

#: EXIF's numbers for Model, Make and ImageDescription.
_FIELDS: Final = {"prompt": 0x0110, "workflow": 0x010F, "ownhand": 0x010E}
_EXIF: Final = 0x8769
_USER_COMMENT: Final = 0x9286
#: TIFF's kinds of values; its header, with the less significant byte first.
_ASCII, _LONG, _UNDEFINED = 2, 4, 7
_TIFF: Final = b"II*\0" + struct.pack("<I", 8)
_UNICODE: Final = b"UNICODE\0"
_PARAMETERS: Final = "parameters"
#: From what the eye cannot tell from the original to what is still worth looking at.
_QUALITIES: Final = (95, 90, 80, 60)


def as_webp(png: bytes, most_bytes: int) -> tuple[bytes, bool] | None:
    """Encode a PNG of ours in at most so many bytes, and tell whether that lost nothing.

    None when not even a coarse one fits. Takes up to seconds: call it in a thread.
    """
    with Image.open(io.BytesIO(png), formats=("PNG",)) as opened:
        exif, picture = _exif(texts_in(opened)), opened.convert("RGB")
    ways: list[dict[str, Any]] = [{"lossless": True}, *({"quality": one} for one in _QUALITIES)]
    for way in ways:
        file = io.BytesIO()
        picture.save(file, "WEBP", exif=exif, method=4, **way)
        if len(file.getvalue()) <= most_bytes:
            return file.getvalue(), "lossless" in way
    return None


def texts_in(picture: Image.Image) -> dict[str, str]:
    """Return the texts that an opened PNG or WebP carries, by their keys."""
    if picture.format == "PNG":
        return {str(key): text for key, text in picture.info.items() if isinstance(text, str)}
    exif = picture.getexif()
    fields = (exif.get(field) for field in _FIELDS.values())
    pairs = (field.partition(":") for field in fields if isinstance(field, str))
    texts = {key: text for key, _, text in pairs}
    comment = exif.get_ifd(_EXIF).get(_USER_COMMENT)
    if isinstance(comment, bytes) and comment.startswith(_UNICODE):
        texts[_PARAMETERS] = comment.removeprefix(_UNICODE).decode("utf-16-be")
    return texts


def _exif(texts: Mapping[str, str]) -> bytes:
    """Lay out the texts as EXIF.

    Written by hand, for Pillow calls the comment a row of bytes, which A1111 would stumble over.
    """
    fields = [
        (field, _ASCII, f"{key}:{texts[key]}\0".encode("ascii", "replace"))
        for key, field in _FIELDS.items()
        if key in texts
    ]
    comment = _UNICODE + texts.get(_PARAMETERS, "").encode("utf-16-be")
    begin = len(_TIFF)
    end = begin + len(_directory([*fields, (_EXIF, _LONG, bytes(4))], begin))
    pointer = _EXIF, _LONG, struct.pack("<I", end)
    inner = _directory([(_USER_COMMENT, _UNDEFINED, comment)], end)
    return _TIFF + _directory([*fields, pointer], begin) + inner


def _directory(fields: Sequence[tuple[int, int, bytes]], begin: int) -> bytes:
    """Lay out a directory of TIFF 6.0, section 2; what is over four bytes stands behind it."""
    behind = begin + 2 + 12 * len(fields) + 4
    entries, values = struct.pack("<H", len(fields)), b""
    for number, kind, value in sorted(fields):
        count = 1 if kind == _LONG else len(value)
        spot = value.ljust(4, b"\0") if len(value) <= 4 else struct.pack("<I", behind + len(values))
        entries += struct.pack("<HHI", number, kind, count) + spot
        if len(value) > 4:
            values += value + bytes(len(value) % 2)
    return entries + bytes(4) + values
