"""`/series`: a window, one message with a poster and the pictures in one file."""

from __future__ import annotations

import io
import zipfile

import discord
import pytest

import cogs.ui.series_card
from cogs.ui import series_sheet as sheet
from cogs.ui.series_sheet import Captioned, series_sheet
from cogs.ui.tasks import draw_task
from tests.cogs.world import World, labels, last_answer, picture, png, said_to, text_of

PHONE, LETTERS = 390, 11


async def drawn(world: World, name: str, lines: str, **options: object) -> discord.Message:
    opened = await world.member(name).slash(world.channel, "series", **options)
    result = await world.member(name).submit_modal(opened, {"lines": lines, "style": "none"})
    job = (await world.last_job()).job
    await world.app.jobs.wait(job.id)
    count = len((await world.app.jobs.view(job.id)).pictures)
    message_id = last_answer(result).id
    return await world.eventually(
        lambda: next(
            (m for m in world.messages() if m.id == message_id and len(m.reactions) == count), None
        )
    )


async def test_a_series_is_one_message_with_a_poster_and_a_zip(world: World) -> None:
    message = await drawn(world, "ana", "cat, house\nlarge dog\n\n1girl", seed=5)
    said = text_of(message)
    assert "A series of 3 pictures" in said
    poster, packed = message.attachments
    assert picture(await poster.read()).width == sheet.SHEET_WIDTH
    with zipfile.ZipFile(io.BytesIO(await packed.read())) as archive:
        assert len(archive.namelist()) == 3
        assert all(archive.read(name).startswith(b"\x89PNG") for name in archive.namelist())
    assert labels(message) == ["Again", "⋯"]


async def test_its_buttons_draw_again_and_tell_all_prompts(world: World) -> None:
    message = await drawn(world, "ana", "cat\ndog")
    recipe = await world.panel("bo", message, "Recipe")
    assert "Prompts: cat / dog" in said_to(recipe)
    opened = await world.member("bo").click(message, label="⋯")
    assert "Change" not in labels(last_answer(opened))
    await world.member("bo").click(message, label="Again")
    task = draw_task(await world.last_job())
    assert [one.prompt for one in task.recipes] == ["cat", "dog"]


async def test_a_file_that_is_too_large_is_named_instead(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cogs.ui.series_card, "REQUEST_BYTES", 10)
    message = await drawn(world, "ana", "cat\ndog")
    assert len(message.attachments) == 1
    assert "too large for one file" in text_of(message)


async def test_what_is_wrong_is_said_and_nothing_is_drawn(world: World) -> None:
    opened = await world.member("ana").slash(world.channel, "series")
    refused = await world.member("ana").submit_modal(opened, {"lines": "cat\n" * 13})
    assert "13 lines" in said_to(refused)
    for lines, line in (("cat\ndog\n(fox:9)", 3), ("cat\n@kai", 2)):
        opened = await world.member("ana").slash(world.channel, "series")
        typed = {"lines": lines, "style": "none"}
        refused = await world.member("ana").submit_modal(opened, typed)
        assert said_to(refused).startswith(f"Line {line}: ")
    nobody = await world.member("ana").slash(world.channel, "series", kind="characters")
    assert "You have no characters yet" in said_to(nobody)
    assert await world.jobs() == []


@pytest.mark.parametrize("count", [1, 2, 4, 5, 12])
def test_letters_of_the_poster_can_be_read_on_a_phone(count: int) -> None:
    words = "рыжая лиса в зимнем лесу, looking to the side, " * 3
    made = series_sheet(
        [Captioned(number=n, data=png(n), words=words) for n in range(1, count + 1)]
    )
    image = picture(made.data)
    assert sheet.LETTERS * PHONE / image.width >= LETTERS
    assert image.width == sheet.SHEET_WIDTH
