"""The command line over a folder of its own, with the fake engine in place of the process."""

from __future__ import annotations

from pathlib import Path

import pytest

import bot.app
from bot.config import Settings
from engine.fake import FakeEngine, FakeScript
from tests.services.conftest import png


@pytest.fixture(autouse=True)
def apart(log_as_before: None) -> None:
    """Leave no trace of a command in the logs of other tests."""


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give every command this state folder and a fake engine."""
    folder = tmp_path / "state"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STATE_DIR", str(folder))
    monkeypatch.setenv("LANG", "en_GB.UTF-8")

    def fake(settings: Settings) -> FakeEngine:
        return FakeEngine(FakeScript(outbox=settings.state_dir / "outbox"))

    monkeypatch.setattr(bot.app, "process_engine", fake)
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a folder with six drawings, their words, and what else lies in such folders."""
    folder = tmp_path / "drawings"
    folder.mkdir()
    for number in range(6):
        (folder / f"d{number:02}.png").write_bytes(png(number))
        (folder / f"d{number:02}.txt").write_text("1girl, cat")
    (folder / "sketch.psd").write_bytes(b"8BPS" + bytes(40))
    (folder / ".DS_Store").write_bytes(b"x")
    return folder


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Give a state folder to a bot that runs."""
    return Settings(state_dir=tmp_path / "state")


@pytest.fixture
def engine(tmp_path: Path) -> FakeEngine:
    """Give it a fake engine."""
    return FakeEngine(FakeScript(outbox=tmp_path / "outbox"))
