"""A folder of the host becomes a training, file after file."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.app import App
from bot.services.hostwork import HostWork
from bot.services.wishes import Progressed, TrainWish
from tests.services.conftest import png


async def nobody(_progressed: Progressed) -> None:
    """Hear no progress."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Six drawings, and a file that is too large."""
    folder = tmp_path / "drawings"
    folder.mkdir()
    for number in range(6):
        (folder / f"d{number}.png").write_bytes(png(number))
    with (folder / "a-large.png").open("wb") as large:
        large.truncate(2_000_000_000)  # a hole: it takes no room
    return folder


async def test_a_file_too_large_is_refused_unread(
    app: App, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[tuple[str, int]] = []
    original = Path.read_bytes

    def read_bytes(path: Path) -> bytes:
        if path.parent == folder:
            read.append((path.name, len(list(app.settings.state_dir.glob("blobs/*/*")))))
            assert path.name != "a-large.png", "not even opened"
        return original(path)

    monkeypatch.setattr(Path, "read_bytes", read_bytes)
    trained = await HostWork(app).train(TrainWish(folder=str(folder), style="ink"), nobody)
    assert trained.drawings == 6
    (refused,) = trained.refused
    assert (refused.name, refused.key) == ("a-large.png", "intake.file_too_big")
    assert refused.facts["size"] == 2000.0
    assert read == [(f"d{number}.png", number) for number in range(6)], "one kept, one read"


async def test_a_file_that_vanishes_costs_only_itself(
    app: App, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = Path.read_bytes

    def read_bytes(path: Path) -> bytes:
        if path.name == "d3.png":
            raise FileNotFoundError(path)
        return original(path)

    monkeypatch.setattr(Path, "read_bytes", read_bytes)
    (folder / "a-large.png").unlink()
    trained = await HostWork(app).train(TrainWish(folder=str(folder), style="ink"), nobody)
    assert trained.drawings == 5
    assert [(one.name, one.key) for one in trained.refused] == [("d3.png", "intake.unreadable")]
