"""What the doctor says of the page for large files and of the export folder."""

from __future__ import annotations

import dataclasses
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.config import Settings
from bot.doctor.files import check_files
from bot.doctor.finding import Grade


async def found(settings: Settings, *, is_free: bool = True) -> dict[str, Grade]:
    return {one.key: one.grade async for one in check_files(settings, is_free=is_free)}


@pytest.fixture
def pony(tmp_path: Path) -> Settings:
    (tmp_path / "pony").mkdir()
    return Settings(state_dir=tmp_path / "state", base_model=str(tmp_path / "pony"))


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening.getsockname()[1]


async def test_without_a_page_a_real_bases_files_do_not_fit(pony: Settings) -> None:
    findings = [one async for one in check_files(pony, is_free=True)]
    assert [(one.key, one.grade) for one in findings] == [("doctor.no_page", Grade.HINT)]
    assert findings[0].facts == {"size": 81, "limit": 10}  # as sd-scripts' own file of rank 16


async def test_the_toy_bases_files_fit(tmp_path: Path) -> None:
    assert await found(Settings(state_dir=tmp_path)) == {"doctor.page_unneeded": Grade.GOOD}


@pytest.mark.parametrize(
    "half", [{"files_port": 8090}, {"public_url": "https://x.example"}], ids=["port", "url"]
)
async def test_half_of_the_settings_opens_nothing(pony: Settings, half: dict[str, object]) -> None:
    assert await found(dataclasses.replace(pony, **half)) == {  # pyright: ignore[reportArgumentType] - either
        "doctor.page_half": Grade.HINT
    }


async def test_a_port_is_tried_unless_a_bot_has_it(pony: Settings, taken: int) -> None:
    settings = dataclasses.replace(pony, files_port=taken, public_url="https://x.example")
    assert await found(settings) == {"doctor.page_port": Grade.BAD}
    assert await found(settings, is_free=False) == {"doctor.page": Grade.GOOD}


async def test_a_free_port_is_good_and_left_free(pony: Settings, taken: int) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    settings = dataclasses.replace(pony, files_port=port, public_url="http://127.0.0.1:1")
    for _ in range(2):
        assert await found(settings) == {"doctor.page": Grade.GOOD}


async def test_a_link_that_travels_in_the_open_is_told(pony: Settings) -> None:
    settings = dataclasses.replace(pony, files_port=1, public_url="http://files.example.org")
    findings = await found(settings, is_free=False)
    assert findings["doctor.page_plain"] is Grade.HINT


async def test_an_export_folder_must_be_one(pony: Settings, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("x")
    for folder, grade in ((tmp_path / "a" / "b", Grade.GOOD), (file, Grade.BAD)):
        findings = await found(dataclasses.replace(pony, export_dir=folder))
        assert list(findings.values())[-1] is grade
