"""Pictures that Discord would not take as PNG are posted and handed out as WebP."""

from __future__ import annotations

import io
import zipfile
from typing import cast

import discord
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

import engine.scripted
from bot.client import OwnhandBot
from bot.clock import ManualClock
from cogs.ui.tasks import draw_task
from data.models import JobId
from engine.pictures.metadata import chunks, read_recipe
from engine.pictures.recipe import Recipe
from tests.cogs.test_series import drawn as drawn_series
from tests.cogs.world import World, last_answer, picture, said_to, with_limit

SIDE = 640


@pytest.fixture(autouse=True)
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the scripted engine draw noise with recipes inside; what it draws is 32 pixels wide."""

    def png(recipe: Recipe, *, side_most: int = SIDE) -> bytes:
        side = min(side_most, SIDE)
        info, file = PngInfo(), io.BytesIO()
        for key, text in chunks(recipe).items():
            info.add_itxt(key, text)
        noise = Image.effect_noise((side, side), 30).convert("RGB")
        noise.save(file, "PNG", pnginfo=info, compress_level=0)
        return file.getvalue()

    monkeypatch.setattr(engine.scripted, "png", png)


#: Without any packing three bytes a pixel; as a WebP without loss about one.
PNG_BYTES = 3 * SIDE * SIDE


def server_takes(monkeypatch: pytest.MonkeyPatch, size_bytes: int) -> None:
    # SimCord's servers have no boosts, so there all have the same limit.
    monkeypatch.setattr(discord.Guild, "filesize_limit", property(lambda _: size_bytes))


async def test_a_single_picture_is_posted_untouched_where_it_fits(world: World) -> None:
    job_id, message = await world.drawn("ana", "fox", style="none", count=1)
    [file] = message.attachments
    assert file.filename.endswith(".png")
    [kept] = (await world.app.jobs.view(job_id)).pictures
    assert await file.read() == await world.app.blobs.read(kept.sha256)


async def test_a_server_with_a_lower_limit_gets_a_webp_with_its_recipe(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    server_takes(monkeypatch, PNG_BYTES)
    job_id, message = await world.drawn("ana", "fox", style="none", seed=5, count=1)
    [file] = message.attachments
    assert file.filename.endswith(".webp")
    assert file.size <= PNG_BYTES
    view = await world.app.jobs.view(job_id)
    kept = await world.app.blobs.read(view.pictures[0].sha256)
    assert kept.startswith(b"\x89PNG")
    assert picture(await file.read()).tobytes() == picture(kept).tobytes()
    assert read_recipe(await file.read()) == draw_task(view).recipes[0]


async def test_a_server_that_takes_less_than_it_says_gets_its_picture_all_the_same(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    server_takes(monkeypatch, 2 * PNG_BYTES)
    path = f"/channels/{world.channel.id}/messages/*"
    world.env.inject_error("PATCH", path, status=413, code=40005, message="Request too large")
    _, message = await world.drawn("ana", "fox", style="none", count=1)
    [file] = message.attachments
    assert file.filename.endswith(".webp")
    assert file.size < PNG_BYTES


async def refuse(world: World, job_id: JobId, times: int) -> None:
    """Let Discord find the job's message too large that many times."""
    path = f"/channels/{world.channel.id}/messages/*"
    view = await world.app.jobs.view(job_id)
    for _ in range(times):
        world.env.inject_error("PATCH", path, status=413, code=40005, message="too large")
        with pytest.raises(discord.HTTPException):
            await cast("OwnhandBot", world.env.bot).surface.show(view)


async def drawn_ending(world: World) -> str:
    _, message = await world.drawn("ana", "fox", style="none", count=1)
    return message.attachments[0].filename[-4:]


async def test_what_a_server_takes_less_is_forgotten_after_an_hour(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    server_takes(monkeypatch, 2 * PNG_BYTES)
    job_id, _ = await world.drawn("ana", "fox", style="none", count=1)
    await refuse(world, job_id, 1)
    assert await drawn_ending(world) == "webp"
    cast("ManualClock", world.app.clock).advance(60 * 60 * 1000)
    assert await drawn_ending(world) == ".png"


async def test_no_server_is_taken_to_take_less_than_a_mebibyte(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    server_takes(monkeypatch, 2 * PNG_BYTES)
    job_id, _ = await world.drawn("ana", "fox", style="none", count=1)
    await refuse(world, job_id, 5)
    _, message = await world.drawn("ana", "fox", style="none", count=1)
    [kept] = (await world.app.jobs.view((await world.last_job()).job.id)).pictures
    sent = picture(await message.attachments[0].read())
    assert sent.tobytes() == picture(await world.app.blobs.read(kept.sha256)).tobytes()


async def test_a_refused_card_of_a_training_makes_no_picture_smaller(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    server_takes(monkeypatch, 2 * PNG_BYTES)
    await refuse(world, await world.trained("ana"), 1)
    assert await drawn_ending(world) == ".png"


@pytest.mark.parametrize(
    ("limit", "endings", "words"),
    [
        (2 * PNG_BYTES, [".png", ".png"], "The files are the untouched originals."),
        (PNG_BYTES, [".webp", ".webp"], "2 pictures would be too large for Discord here as PNG"),
        (PNG_BYTES // 6, [".webp", ".webp"], "without loss; they come as slightly coarser WebPs"),
        (2000, [], "2 pictures are too large for Discord here in every form."),
    ],
)
async def test_the_recipe_says_what_its_files_are(
    limit: int, endings: list[str], words: str, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, message = await world.drawn("ana", "fox", style="none", seed=5, count=2)
    with_limit(monkeypatch, limit)
    told = await world.panel("bo", message, "Recipe")
    files = last_answer(told).attachments
    assert [file.filename[-len(end) :] for file, end in zip(files, endings, strict=True)] == endings
    assert words in said_to(told)


async def test_what_one_message_cannot_hold_together_shares_its_room(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.services.files.room.REQUEST_BYTES", 3 * PNG_BYTES)
    _, message = await world.drawn("ana", "fox", style="none", seed=5, count=4)
    told = await world.panel("bo", message, "Recipe")
    assert [file.filename[-4:] for file in last_answer(told).attachments] == ["webp"] * 4


async def test_a_series_is_packed_as_webp_where_its_pngs_would_not_fit(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    server_takes(monkeypatch, 2 * PNG_BYTES)
    message = await drawn_series(world, "ana", "cat\ndog")
    _, packed = message.attachments
    with zipfile.ZipFile(io.BytesIO(await packed.read())) as archive:
        assert [name[-5:] for name in archive.namelist()] == [".webp", ".webp"]
        assert read_recipe(archive.read(archive.namelist()[1])) is not None
