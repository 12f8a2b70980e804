"""What the store said it has, it has after a kill -9."""

from __future__ import annotations

import hashlib
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from data.blobs import Blobs
from data.db import Database

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")

# Both write for ever, and say what they wrote only when the store has promised to keep it.
ROWS = """
import asyncio, pathlib, sys
from data.db import Database
from data.repos.meta import MetaRepo

async def main():
    db = await Database.open(pathlib.Path(sys.argv[1]))
    number = 0
    while True:
        await MetaRepo(db).put(f"{number:06}", "x" * 200)
        print(number, flush=True)
        number += 1

asyncio.run(main())
"""
FILES = """
import asyncio, os, pathlib, sys
from data.blobs import Blobs

async def main():
    blobs = Blobs(pathlib.Path(sys.argv[1]))
    while True:
        print(await blobs.put_bytes(os.urandom(300_000)), flush=True)

asyncio.run(main())
"""


def run_and_kill(program: str, path: Path, acknowledged: int) -> list[str]:
    """Kill the program after so many lines (0: it kills itself); return all it said."""
    command = [sys.executable, "-c", program, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(acknowledged)]
        if acknowledged:
            os.kill(process.pid, signal.SIGKILL)
        said += process.stdout.readlines()
    assert process.returncode == -signal.SIGKILL
    return [line.strip() for line in said]


@pytest.mark.parametrize("acknowledged", [1, 7, 40])
async def test_committed_rows_survive(tmp_path: Path, acknowledged: int) -> None:
    path = tmp_path / "a.sqlite3"
    said = [int(line) for line in run_and_kill(ROWS, path, acknowledged)]
    db = await Database.open(path)
    try:
        rows = await db.read().fetch_all("SELECT key FROM meta ORDER BY key")
        check = await db.read().fetch_all("PRAGMA integrity_check")
    finally:
        await db.aclose()
    found = [int(row["key"]) for row in rows]
    assert found[: len(said)] == said
    assert len(found) <= len(said) + 1, "at most one row was committed and not yet announced"
    assert [row[0] for row in check] == ["ok"]


@pytest.mark.parametrize("acknowledged", [1, 5, 20])
async def test_stored_files_survive_whole_and_leave_at_most_one_to_sweep(
    tmp_path: Path, acknowledged: int
) -> None:
    root = tmp_path / "blobs"
    said = run_and_kill(FILES, root, acknowledged)
    blobs = Blobs(root)
    for sha256 in said:
        assert len(await blobs.read(sha256)) == 300_000
    named = list(root.glob("??/*"))
    for path in named:
        assert hashlib.sha256(path.read_bytes()).hexdigest() == path.name
    unsaid = len(named) - len(said) + len(list(root.glob("incoming/*")))
    assert unsaid <= 1
    assert await blobs.sweep(set(said), min_age_s=-60) == unsaid
    assert len(list(root.glob("*/*"))) == len(said)


def test_a_half_migrated_database_is_impossible(tmp_path: Path) -> None:
    """A kill within a migration leaves the version before it."""
    path = tmp_path / "a.sqlite3"
    program = """
import os, signal, sqlite3, sys, pathlib
from data import migrate
step = migrate.list_migrations()[0]
slow = migrate.Migration(number=1, name=step.name, sql=step.sql + "SELECT die();")
original = sqlite3.connect

def connect(*args, **kwargs):
    connection = original(*args, **kwargs)
    connection.create_function("die", 0, lambda: os.kill(os.getpid(), signal.SIGKILL))
    return connection

sqlite3.connect = connect
migrate.migrate(pathlib.Path(sys.argv[1]), (slow,))
"""
    run_and_kill(program, path, 0)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (0,)
        assert connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
