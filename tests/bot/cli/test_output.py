"""An `--out` that cannot be written is told before anything is drawn or trained."""

from __future__ import annotations

from pathlib import Path

import pytest

import bot.app
from bot.cli import main
from bot.config import Settings

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def no_engine(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail where an engine is made."""

    def make(_settings: Settings) -> None:
        raise AssertionError(f"work has begun in {state}")

    monkeypatch.setattr(bot.app, "process_engine", make)


@pytest.fixture
def nowhere(tmp_path: Path) -> Path:
    """Name a folder that cannot be, not even for root."""
    (tmp_path / "file").write_bytes(b"")
    return tmp_path / "file" / "folder"


def check_told(arguments: list[str], what: Path, capsys: Capture) -> None:
    assert main(arguments) == 1
    error = capsys.readouterr().err.strip()
    assert str(what) in error
    assert len(error.splitlines()) == 1


@pytest.mark.parametrize("count", ["1", "4"])
def test_draw(nowhere: Path, count: str, capsys: Capture) -> None:
    arguments = ["draw", "cat", "--style", "none", "--count", count]
    check_told([*arguments, "--out", str(nowhere / "x.png")], nowhere, capsys)


def test_draw_into_a_missing_folder(tmp_path: Path, capsys: Capture) -> None:
    missing = tmp_path / "missing" / "x.png"
    check_told(["draw", "cat", "--style", "none", "--out", str(missing)], missing, capsys)


def test_draw_over_a_folder(tmp_path: Path, capsys: Capture) -> None:
    arguments = ["draw", "cat", "--style", "none", "--out", str(tmp_path)]
    check_told(arguments, tmp_path, capsys)


def test_train(nowhere: Path, folder: Path, capsys: Capture) -> None:
    out = nowhere / "ink.safetensors"
    check_told(["train", str(folder), "--style", "ink", "--out", str(out)], out, capsys)


def test_demo(nowhere: Path, capsys: Capture) -> None:
    check_told(["demo", "--out", str(nowhere)], nowhere, capsys)


def test_nothing_is_left_where_it_was_tried(tmp_path: Path) -> None:
    there, fresh = tmp_path / "there.png", tmp_path / "fresh.png"
    there.write_bytes(b"mine")
    for out in (there, fresh):
        with pytest.raises(AssertionError, match="work has begun"):
            main(["draw", "cat", "--style", "none", "--out", str(out)])
    assert there.read_bytes() == b"mine"
    assert not fresh.exists()
