"""Names of files in zip archives: which letters their bytes mean, and which folders they have."""

from __future__ import annotations

import re
import struct
from typing import Final

#: Info-ZIP's own field for a name in UTF-8 beside the old one.
_UNICODE_PATH: Final = 0x7075
_UNICODE_PATH_HEAD: Final = 5  # version, checksum of the old name
_WORD: Final = re.compile(r"[^\W\d_]+")
_LATIN: Final = re.compile(r"[A-Za-z]")
_CYRILLIC: Final = re.compile(r"[А-Яа-яЁё]")


def decoded(raw: bytes, extra: bytes, *, is_utf8: bool) -> str:
    """Read a name: UTF-8 where the archive says so or where it fits, else a DOS code page.

    Windows writes the code page of its language and does not say which: 866 where whole words
    come out Cyrillic, else 437.
    """
    better = _unicode_path(extra)
    if better is not None:
        return better
    try:
        return raw.decode()
    except UnicodeDecodeError:
        if is_utf8:
            return raw.decode(errors="replace")
    russian = raw.decode("cp866")
    return russian if _is_russian(russian) else raw.decode("cp437")


def parts_of(path: str) -> list[str]:
    """Split a path at either kind of slash."""
    return [part for part in re.split(r"[/\\]", path) if part not in ("", ".")]


def _is_russian(name: str) -> bool:
    """Tell whether every letter beyond ASCII is Cyrillic, in words without Latin letters."""
    words = [word for word in _WORD.findall(name) if not word.isascii()]
    odd = [c for c in name if not c.isascii() and not _CYRILLIC.match(c) and c not in "№«»"]
    return bool(words) and not odd and not any(_LATIN.search(word) for word in words)


def _unicode_path(extra: bytes) -> str | None:
    place = 0
    while place + 4 <= len(extra):
        kind, size = struct.unpack_from("<HH", extra, place)
        if kind == _UNICODE_PATH:
            try:
                return extra[place + 4 + _UNICODE_PATH_HEAD : place + 4 + size].decode() or None
            except UnicodeDecodeError:
                return None
        place += 4 + size
    return None
