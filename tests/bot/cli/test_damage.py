"""A database file that cannot be used: one sentence from every command, and no traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.app import DATABASE_NAME
from bot.cli import main

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def database(state: Path, folder: Path, capsys: Capture) -> Path:
    """Make a database with a style in it."""
    assert main(["train", str(folder), "--style", "ink"]) == 0
    capsys.readouterr()
    path = state / DATABASE_NAME
    assert path.stat().st_size > 10 * 4096
    return path


def overwrite(path: Path, start: int) -> None:
    data = path.read_bytes()
    path.write_bytes(data[:start] + b"\x5a" * (len(data) - start))


def sentence(capsys: Capture) -> str:
    error = capsys.readouterr().err.strip()
    assert len(error.splitlines()) == 1
    return error


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["draw", "cat", "--style", "none"], id="draw"),
        pytest.param(["export", "ink"], id="export"),
        pytest.param(["db", "status"], id="status"),
        pytest.param(["db", "migrate"], id="migrate"),
        pytest.param(["db", "backup"], id="backup"),
    ],
)
def test_a_file_that_is_no_database_is_named(
    database: Path, arguments: list[str], capsys: Capture
) -> None:
    overwrite(database, 0)
    assert main(arguments) == 1
    assert str(database) in sentence(capsys)


@pytest.mark.parametrize("arguments", [["draw", "cat", "--style", "none"], ["export", "ink"]])
def test_pages_that_are_damaged_are_named(
    database: Path, arguments: list[str], capsys: Capture
) -> None:
    overwrite(database, 4096)
    assert main(arguments) == 1
    assert str(database) in sentence(capsys)


@pytest.mark.parametrize("start", [0, 4096], ids=["no database", "damaged pages"])
def test_the_check_says_what_is_wrong(database: Path, start: int, capsys: Capture) -> None:
    overwrite(database, start)
    assert main(["db", "check"]) == 1
    error = capsys.readouterr().err
    assert "found" in error
    assert "Traceback" not in error


def test_a_folder_in_the_place_of_the_database_is_named(state: Path, capsys: Capture) -> None:
    (state / DATABASE_NAME).mkdir(parents=True)
    assert main(["draw", "cat", "--style", "none"]) == 1
    assert DATABASE_NAME in sentence(capsys)


def test_a_backup_that_cannot_be_written_is_named(database: Path, capsys: Capture) -> None:
    out = database / "nowhere" / "copy.db"
    assert main(["db", "backup", "--out", str(out)]) == 1
    assert str(out) in sentence(capsys)


def test_the_doctor_goes_on(database: Path, capsys: Capture) -> None:
    overwrite(database, 0)
    assert main(["doctor", "--quick"]) == 1
    shown = capsys.readouterr().out
    assert str(database) in shown
    assert "builtin" in shown
