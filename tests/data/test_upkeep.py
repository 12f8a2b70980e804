"""Backups are whole, and the check finds what is broken."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from data.db import Database
from data.errors import Conflict, NotFound
from data.upkeep import backup, check
from tests.data.shelf import Shelf


async def test_a_backup_of_a_database_in_use_opens_as_one(shelf: Shelf, tmp_path: Path) -> None:
    job = await shelf.queue()
    out = tmp_path / "copies" / "one.sqlite3"
    await asyncio.to_thread(backup, shelf.db.path, out)
    await shelf.jobs.request_cancel(job.id, shelf.now())
    assert [path.name for path in out.parent.iterdir()] == ["one.sqlite3"]
    copy = await Database.open(out)
    try:
        assert await Shelf(db=copy).jobs.get(job.id) == job
    finally:
        await copy.aclose()


async def test_a_backup_never_overwrites(shelf: Shelf, tmp_path: Path) -> None:
    out = tmp_path / "one.sqlite3"
    out.write_bytes(b"precious")
    with pytest.raises(Conflict):
        backup(shelf.db.path, out)
    assert out.read_bytes() == b"precious"


def test_there_must_be_a_database(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        backup(tmp_path / "none.sqlite3", tmp_path / "out.sqlite3")
    with pytest.raises(NotFound):
        check(tmp_path / "none.sqlite3")
    assert list(tmp_path.iterdir()) == []


async def test_a_sound_database_has_nothing_to_tell(shelf: Shelf) -> None:
    await shelf.trained()
    assert check(shelf.db.path) == ()


async def test_a_link_to_nothing_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite3"
    await (await Database.open(path)).aclose()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("INSERT INTO channels (channel_id, default_style_id) VALUES (7, 'none')")
        connection.commit()
    assert check(path) == ("row 7 of channels names a row of styles that is missing",)


async def test_damage_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite3"
    await (await Database.open(path)).aclose()
    content = bytearray(path.read_bytes())
    content[4096:12_288] = b"\xaa" * 8_192
    path.write_bytes(content)
    assert check(path) != ()


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite3"
    path.write_bytes(b"not a database, whatever its name says" * 100)
    assert check(path) == ("file is not a database",)
