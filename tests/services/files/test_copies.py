"""What is handed out shows what the style draws, and is the same file every time."""

from __future__ import annotations

import hashlib
import io
import os
import random
from collections.abc import AsyncIterator

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from bot.app import App
from bot.services.files.copies import KEPT_S, SIDE, thumbnail
from bot.services.files.style_file import StyleFile
from data.models import StyleId
from engine.lora.foreign.about import about
from engine.lora.reading import read_header
from engine.lora.thumbnails import MOST_THUMBNAIL_BYTES
from tests.services.conftest import ANA, House, trained


@pytest.fixture
async def app(house: House) -> AsyncIterator[App]:
    async with house.open() as app:
        yield app


async def a_style(app: App, **choices: object) -> StyleId:
    view = await trained(app, **choices)
    assert view.style is not None
    return view.style.id


async def handed(app: App, style_id: StyleId) -> StyleFile:
    return await app.sharing.style_file(style_id, ANA)


def picture_in(file: StyleFile) -> Image.Image:
    preview = about(read_header(file.path).metadata).preview
    assert preview is not None
    return Image.open(io.BytesIO(preview))


def png(side: int, *, noise: bool = False) -> bytes:
    values = random.Random(3).randbytes(3 * side * side) if noise else bytes(3 * side * side)
    file = io.BytesIO()
    Image.frombytes("RGB", (side, side), values).save(file, "PNG")
    return file.getvalue()


async def test_the_first_sample_is_in_the_file(app: App) -> None:
    file = await handed(app, await a_style(app))
    assert file.cover is not None
    picture = picture_in(file)
    assert picture.format == "JPEG"
    assert max(picture.size) <= SIDE
    with Image.open(file.cover) as sample:
        wanted = sample.convert("RGB").getpixel((1, 7))
    found = picture.getpixel((1, 7))
    assert isinstance(wanted, tuple)
    assert isinstance(found, tuple)
    assert all(abs(one - other) < 12 for one, other in zip(wanted, found, strict=True))
    metadata = read_header(file.path).metadata
    assert metadata["ss_output_name"], "what the engine wrote is there still"


async def test_two_downloads_are_one_file_also_when_it_is_made_again(app: App) -> None:
    style_id = await a_style(app)
    first = await handed(app, style_id)
    data = first.path.read_bytes()
    assert hashlib.sha256(data).hexdigest() == first.sha256
    assert first.size_bytes == len(data)
    assert await handed(app, style_id) == first
    first.path.unlink()
    again = await handed(app, style_id)
    assert again == first
    assert again.path.read_bytes() == data


async def test_the_stored_file_stays_what_recipes_name(app: App) -> None:
    style_id = await a_style(app)
    file = await handed(app, style_id)
    stored = await app.db.read().fetch_one("SELECT style_sha256 FROM checkpoints LIMIT 1")
    assert stored is not None
    assert stored["style_sha256"] != file.sha256
    assert await app.blobs.read(stored["style_sha256"])


async def test_a_style_without_a_picture_is_handed_out_all_the_same(app: App) -> None:
    style_id = await a_style(app)
    pictured = await handed(app, style_id)
    assert pictured.cover is not None
    pictured.path.unlink()
    pictured.cover.write_bytes(b"no picture")
    file = await handed(app, style_id)
    assert file.sha256 != pictured.sha256
    assert hashlib.sha256(file.path.read_bytes()).hexdigest() == file.sha256


async def test_erasing_takes_the_copies_too(app: App) -> None:
    file = await handed(app, await a_style(app))
    await app.privacy.erase(ANA)
    assert not file.path.exists()


async def test_what_nobody_asks_for_goes(app: App) -> None:
    old, other = await handed(app, await a_style(app)), await a_style(app, name="other")
    long_ago = old.path.stat().st_mtime - KEPT_S - 60
    os.utime(old.path, (long_ago, long_ago))
    await handed(app, other)
    assert not old.path.exists()
    assert list(old.path.parent.glob("*.part")) == []


def test_even_noise_is_small_enough() -> None:
    assert len(thumbnail(png(1024, noise=True))) < MOST_THUMBNAIL_BYTES
    assert len(thumbnail(png(64, noise=True))) < len(thumbnail(png(1024, noise=True)))


def test_nothing_that_is_written_in_the_sample_goes_along() -> None:
    told = PngInfo()
    told.add_text("parameters", "a secret word")
    file = io.BytesIO()
    Image.new("RGB", (32, 32), "red").save(file, "PNG", pnginfo=told)
    assert b"secret" in file.getvalue()
    assert b"secret" not in thumbnail(file.getvalue())
