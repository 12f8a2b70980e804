"""Zip archives from strangers, read by hand: nothing is unpacked before all of it was looked at.

Python's own reader makes an object of every entry before anybody may count them, and knows no
bound. Layout: APPNOTE.TXT of PKWARE, sections 4.3.7 (local header), 4.3.12 and 4.3.16.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from bot.decode.archive_names import decoded, parts_of
from bot.decode.refusal import RefusedError, millions

MOST_ENTRIES: Final = 1000
#: All entries together, unpacked, as they say themselves.
MOST_UNPACKED: Final = 1_000_000_000
#: Drawings are packed already; nothing honest of this size shrinks further than so.
MOST_RATIO: Final = 200
_RATIO_FROM: Final = 30_000_000

_END: Final = struct.Struct("<4s4H2LH")
_ENTRY: Final = struct.Struct("<4s6H3L5H2L")
_LOCAL: Final = struct.Struct("<4s5H3L2H")
_LONGEST_COMMENT: Final = 0xFFFF
_STORED, _DEFLATED = 0, 8
_ENCRYPTED: Final = 0x2041  # plain, strong, and a hidden directory
_UTF8: Final = 0x0800
_KIND_OF_FILE, _REGULAR, _FOLDER = 0xF000, 0x8000, 0x4000
_ABSOLUTE: Final = re.compile(r"[/\\]|[A-Za-z]:")


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A file in an archive; nothing of it has been unpacked."""

    #: its folders and its name, with `/` between them
    path: str
    #: where its packed bytes are
    start: int
    packed_bytes: int
    #: as the archive says; never more is unpacked
    size_bytes: int
    method: int
    crc: int

    @property
    def name(self) -> str:
        """The last part, which is all that is ever used."""
        return self.path.rpartition("/")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    path: str
    flags: int
    method: int
    crc: int
    packed_bytes: int
    size_bytes: int
    mode: int
    offset: int


def members_of(data: bytes, *, most: int = MOST_ENTRIES) -> tuple[Member, ...]:
    """List what lies in an archive, by name, without what systems put beside drawings.

    RefusedError `intake.zip_…` for what is broken, locked, too much, or made to do harm.
    """
    directory = _directory(data, most)
    entries = list(_entries(data[directory], most))
    _check_amount(entries)
    members = [_member(data, entry) for entry in entries]
    _check_apart(members, directory.start)
    shown = [member for member in members if _is_shown(member.path)]
    return tuple(sorted(shown, key=lambda member: member.path))


def unpack(data: bytes, member: Member) -> bytes:
    """Unpack one member; RefusedError when it is not what the archive says it is."""
    packed = data[member.start : member.start + member.packed_bytes]
    found = packed if member.method == _STORED else _inflated(packed, member.size_bytes)
    if len(found) != member.size_bytes or zlib.crc32(found) != member.crc:
        raise RefusedError("intake.zip_damaged")
    return found


def unpack_begin(data: bytes, member: Member, most_bytes: int) -> bytes:
    """Unpack no more than the first bytes of a member; RefusedError as `unpack`."""
    if member.size_bytes <= most_bytes:
        return unpack(data, member)
    packed = data[member.start : member.start + member.packed_bytes]
    found = packed if member.method == _STORED else _inflated(packed, most_bytes)
    return found[:most_bytes]


def _inflated(packed: bytes, size_bytes: int) -> bytes:
    try:
        # One byte more tells that there was more; the rest of it is never made.
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, size_bytes + 1)
    except zlib.error as error:
        raise RefusedError("intake.zip_damaged") from error


def _directory(data: bytes, most: int) -> slice:
    """Find the list of entries; it must lie right before the archive's end record."""
    place = data.rfind(b"PK\5\6", max(0, len(data) - _END.size - _LONGEST_COMMENT))
    if place < 0 or place + _END.size > len(data):
        raise RefusedError("intake.zip_damaged")
    _, disk, _, here, count, size, offset, comment = _END.unpack_from(data, place)
    if disk or here != count or place + _END.size + comment != len(data) or offset + size != place:
        raise RefusedError("intake.zip_damaged")
    if count > most:
        raise RefusedError("intake.zip_many", files=count, most=most)
    return slice(offset, place)


def _entries(directory: bytes, most: int) -> Iterator[_Entry]:
    place, count = 0, 0
    while place < len(directory):
        count += 1
        # The end record may say less than there is.
        if count > most:
            raise RefusedError("intake.zip_many", files=count, most=most)
        entry, place = _entry(directory, place)
        yield entry


def _entry(directory: bytes, place: int) -> tuple[_Entry, int]:
    try:
        fields = _ENTRY.unpack_from(directory, place)
    except struct.error as error:
        raise RefusedError("intake.zip_damaged") from error
    mark, _, _, flags, method, _, _, crc, packed, size, name, extra, comment = fields[:13]
    begin = place + _ENTRY.size
    end = begin + name + extra + comment
    if mark != b"PK\1\2" or end > len(directory):
        raise RefusedError("intake.zip_damaged")
    raw, more = directory[begin : begin + name], directory[begin + name : begin + name + extra]
    entry = _Entry(
        path=decoded(raw, more, is_utf8=bool(flags & _UTF8)),
        flags=flags,
        method=method,
        crc=crc,
        packed_bytes=packed,
        size_bytes=size,
        mode=fields[15] >> 16 & _KIND_OF_FILE,
        offset=fields[16],
    )
    return entry, end


def _check_amount(entries: Sequence[_Entry]) -> None:
    total = sum(entry.size_bytes for entry in entries)
    if total > MOST_UNPACKED:
        size, most = millions(total), millions(MOST_UNPACKED)
        raise RefusedError("intake.zip_large", size=size, most=most)
    for entry in entries:
        large = entry.size_bytes > _RATIO_FROM
        if large and entry.size_bytes > MOST_RATIO * max(1, entry.packed_bytes):
            raise RefusedError("intake.zip_bomb")


def _member(data: bytes, entry: _Entry) -> Member:
    parts = parts_of(entry.path)
    if _ABSOLUTE.match(entry.path) or ".." in parts or "\0" in entry.path or not parts:
        raise RefusedError("intake.zip_path")
    if entry.mode not in (0, _REGULAR, _FOLDER):
        raise RefusedError("intake.zip_link")
    if entry.flags & _ENCRYPTED:
        raise RefusedError("intake.zip_locked")
    is_folder = entry.path.endswith(("/", "\\"))
    if entry.method not in (_STORED, _DEFLATED):
        raise RefusedError("intake.zip_damaged")
    return Member(
        path="/".join(parts) + ("/" if is_folder else ""),
        start=_start(data, entry),
        packed_bytes=entry.packed_bytes,
        size_bytes=entry.size_bytes,
        method=entry.method,
        crc=entry.crc,
    )


def _start(data: bytes, entry: _Entry) -> int:
    try:
        fields = _LOCAL.unpack_from(data, entry.offset)
    except struct.error as error:
        raise RefusedError("intake.zip_damaged") from error
    if fields[0] != b"PK\3\4":
        raise RefusedError("intake.zip_damaged")
    return entry.offset + _LOCAL.size + fields[9] + fields[10]


def _check_apart(members: Sequence[Member], end: int) -> None:
    """Refuse entries that share their bytes: how a few kilobytes become terabytes."""
    free_from = 0
    for member in sorted(members, key=lambda member: member.start):
        if member.start < free_from:
            raise RefusedError("intake.zip_bomb")
        free_from = member.start + member.packed_bytes
    if free_from > end:
        raise RefusedError("intake.zip_damaged")


def _is_shown(path: str) -> bool:
    parts = path.split("/")
    hidden = any(part.startswith(".") or part == "__MACOSX" for part in parts)
    left_out = parts[-1].lower() in ("", "thumbs.db", "desktop.ini")
    return not hidden and not left_out
