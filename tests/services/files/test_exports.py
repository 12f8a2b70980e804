"""EXPORT_DIR holds what is shared: it comes when it is shared, and goes when that ends."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from bot.app import App
from bot.services.files import exports
from bot.services.files.mirror import LIST_NAME
from data.models import StyleId
from tests.services.conftest import ANA, BO, GUILD, House, trained


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "exports"


@pytest.fixture
async def app(house: House, folder: Path) -> AsyncIterator[App]:
    house.settings = dataclasses.replace(house.settings, export_dir=folder)
    async with house.open() as app:
        yield app


def seen(folder: Path) -> list[str]:
    if not folder.is_dir():
        return []
    return sorted(path.name for path in folder.iterdir() if path.name != LIST_NAME)


async def until(look: Callable[[], bool]) -> None:
    for _ in range(1000):
        if look():
            return
        await asyncio.sleep(0.01)
    pytest.fail("it never came")


async def shared(app: App, **choices: object) -> StyleId:
    view = await trained(app, **choices)
    assert view.style is not None
    await app.sharing.publish(view.style.id, view.style.owner_id, guild_id=GUILD)
    return view.style.id


async def test_a_style_is_there_while_it_is_shared(app: App, folder: Path) -> None:
    view = await trained(app, name="Мира")
    assert view.style is not None
    assert seen(folder) == []
    await app.sharing.publish(view.style.id, ANA, guild_id=GUILD)
    await until(lambda: len(seen(folder)) == 1)
    file = await app.sharing.style_file(view.style.id, ANA)
    assert seen(folder) == [file.file_name]
    assert (folder / file.file_name).read_bytes() == file.path.read_bytes()
    await app.sharing.keep_private(view.style.id, ANA)
    await until(lambda: seen(folder) == [])


async def test_every_shared_version_is_there(app: App, folder: Path) -> None:
    first = await shared(app, name="ink")
    await shared(app, name="ink", count=7)
    await until(lambda: len(seen(folder)) == 2)
    assert [name.split("-")[1] for name in seen(folder)] == ["v1", "v2"]
    await app.sharing.keep_private(first, ANA)
    await until(lambda: seen(folder) == [])


async def test_two_artists_styles_of_one_name_are_both_there(
    app: App, house: House, folder: Path
) -> None:
    await shared(app, name="ink", owner=ANA)
    house.clock.advance(1000)
    later = await shared(app, name="Ink", owner=BO, count=7)
    await until(lambda: len(seen(folder)) == 2)
    assert any(later in name for name in seen(folder))


async def test_an_erased_artists_style_goes(app: App, folder: Path) -> None:
    await shared(app)
    await until(lambda: len(seen(folder)) == 1)
    await app.privacy.erase(ANA)
    await until(lambda: seen(folder) == [])


async def test_what_changed_while_the_bot_was_away_is_followed_at_the_start(
    house: House, folder: Path
) -> None:
    async with house.open() as app:
        await shared(app)
        assert seen(folder) == []  # nothing is exported without the setting
    house.settings = dataclasses.replace(house.settings, export_dir=folder)
    async with house.open() as app:
        await until(lambda: len(seen(folder)) == 1)


async def test_a_folder_that_cannot_be_written_stops_nothing(
    house: House, folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(exports, "RETRY_S", 0.01)
    folder.write_text("a file in its place")
    house.settings = dataclasses.replace(house.settings, export_dir=folder)
    async with house.open() as app:
        await shared(app)
        await until(lambda: "styles cannot be exported" in caplog.text)
        folder.unlink()
        await until(lambda: len(seen(folder)) == 1)
