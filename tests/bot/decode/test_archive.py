"""Zip archives: what is taken out of honest ones, and what the others are refused for."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Callable

import pytest

from bot.decode.archive import MOST_UNPACKED, members_of, unpack
from bot.decode.refusal import RefusedError
from tests.bot.decode.zips import bomb, liar, many, many_unsaid, overlapping, raw_zip, zipped

_LINK, _DEVICE = 0xA1FF << 16, 0x21FF << 16


def locked() -> bytes:
    return raw_zip([(b"a.png", b"secret")], flags=1)


def too_large() -> bytes:
    """Say a gigabyte and more in all, without any single entry that shrinks suspiciously."""
    content = b"\1" * 6_000_000
    entries = [(b"%d.png" % number, content) for number in range(2)]
    return raw_zip(entries, method=0, size=MOST_UNPACKED // 2 + 1)


def torn() -> bytes:
    return zipped([("a.png", b"abc")])[:-30]


def pushed_down() -> bytes:
    """Something else before the archive: two files in one."""
    return b"#!/bin/sh\n" + zipped([("a.png", b"abc")])


BAD: list[tuple[str, Callable[[], bytes], str]] = [
    ("bomb", lambda: bomb(50_000_000), "intake.zip_bomb"),
    ("overlapping bomb", lambda: overlapping(900, 900_000), "intake.zip_bomb"),
    ("unpacks to too much", too_large, "intake.zip_large"),
    ("10,000 files", lambda: many(10_000), "intake.zip_many"),
    ("10,000 files, one admitted", lambda: many_unsaid(10_000), "intake.zip_many"),
    ("traversal", lambda: zipped([("../../etc/passwd", b"x")]), "intake.zip_path"),
    ("traversal inside", lambda: zipped([("a/../../b.png", b"x")]), "intake.zip_path"),
    ("traversal with backslashes", lambda: raw_zip([(rb"a\..\..\b.png", b"x")]), "intake.zip_path"),
    ("absolute", lambda: raw_zip([(b"/etc/a.png", b"x")]), "intake.zip_path"),
    ("absolute on Windows", lambda: raw_zip([(rb"C:\a.png", b"x")]), "intake.zip_path"),
    ("share on Windows", lambda: raw_zip([(rb"\\host\a.png", b"x")]), "intake.zip_path"),
    ("name cut by a zero", lambda: raw_zip([(b"a.png\0.txt", b"x")]), "intake.zip_path"),
    ("link", lambda: raw_zip([(b"a.png", b"/etc/passwd")], attributes=_LINK), "intake.zip_link"),
    ("device", lambda: raw_zip([(b"a.png", b"")], attributes=_DEVICE), "intake.zip_link"),
    ("locked", locked, "intake.zip_locked"),
    ("other method", lambda: zipped([("a", b"x")], method=zipfile.ZIP_LZMA), "intake.zip_damaged"),
    ("torn", torn, "intake.zip_damaged"),
    ("something before it", pushed_down, "intake.zip_damaged"),
    ("only an end", lambda: b"PK\5\6" + bytes(30), "intake.zip_damaged"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "key"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_bad_archives_are_refused_before_anything_is_unpacked(
    make: Callable[[], bytes], key: str
) -> None:
    with pytest.raises(RefusedError) as refusal:
        members_of(make())
    assert refusal.value.verdict.key == key


@pytest.mark.parametrize(
    "whole",
    [
        liar(100, 5_000_000),
        raw_zip([(b"a.png", b"abc")], size=900),
        raw_zip([(b"a.png", b"abc")], crc=1),
        raw_zip([(b"a.png", b"abc")], packed=b"\xff\xff\xff"),
    ],
    ids=["says less", "says more", "other checksum", "no deflate"],
)
def test_members_that_are_not_what_is_said_are_refused(whole: bytes) -> None:
    [member] = members_of(whole)
    with pytest.raises(RefusedError) as refusal:
        unpack(whole, member)
    assert refusal.value.verdict.key == "intake.zip_damaged"


def test_never_more_is_unpacked_than_was_said(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    original = zlib.decompressobj

    class Counting:
        def __init__(self, bits: int) -> None:
            self._real = original(bits)

        def decompress(self, data: bytes, most: int) -> bytes:
            found = self._real.decompress(data, most)
            made.append(len(found))
            return found

    monkeypatch.setattr(zlib, "decompressobj", Counting)  # counts; decides nothing
    whole = liar(100, 5_000_000)
    with pytest.raises(RefusedError):
        unpack(whole, members_of(whole)[0])
    assert made == [101]


def test_what_systems_put_beside_drawings_is_left_out_silently() -> None:
    whole = zipped(
        [
            ("art/", b""),
            ("art/b.png", b"b"),
            ("art/a.png", b"a"),
            ("art/.DS_Store", b"x"),
            ("__MACOSX/art/._a.png", b"x"),
            ("art/Thumbs.db", b"x"),
            (".hidden/c.png", b"x"),
        ]
    )
    members = members_of(whole)
    assert [(member.path, member.name) for member in members] == [
        ("art/a.png", "a.png"),
        ("art/b.png", "b.png"),
    ]
    assert [unpack(whole, member) for member in members] == [b"a", b"b"]


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_members_come_out_whole(method: int) -> None:
    content = bytes(range(256)) * 5000
    whole = zipped([("a.png", content)], method=method)
    assert unpack(whole, members_of(whole)[0]) == content


@pytest.mark.parametrize(
    ("raw", "flags", "name"),
    [
        ("рисунок ё.png".encode(), 0x0800, "рисунок ё.png"),
        ("рисунок ё.png".encode(), 0, "рисунок ё.png"),
        ("Моя кошка №3.png".encode("cp866"), 0, "Моя кошка №3.png"),
        ("café.png".encode("cp437"), 0, "café.png"),
        ("Zürich.png".encode("cp437"), 0, "Zürich.png"),
        (b"plain name.png", 0, "plain name.png"),
        (b"art\\cats\\a.png", 0, "a.png"),
    ],
)
def test_names_are_read_in_the_letters_they_were_written_in(
    raw: bytes, flags: int, name: str
) -> None:
    [member] = members_of(raw_zip([(raw, b"x")], flags=flags))
    assert member.name == name


def test_a_name_beside_the_name_wins() -> None:
    better = "кот.png".encode()
    extra = struct.pack("<HHBL", 0x7075, 5 + len(better), 1, 0) + better
    [member] = members_of(raw_zip([(b"???.png", b"x")], extra=extra))
    assert member.name == "кот.png"
