"""The caption editor on Discord: looked through, changed, taken back, and there after a restart."""

from __future__ import annotations

import asyncio
import dataclasses
import io
import zipfile
from pathlib import Path

import pytest
from simcord.results import InteractionResult, ResponseMessage

from bot.config import Settings
from bot.i18n import LANGUAGES, Texts
from bot.services.captions_reading import Reading
from cogs.ui.caption_card import caption_card
from cogs.ui.caption_tags_card import tags_card
from cogs.ui.caption_words import reading_line
from data.captions import CaptionChange, CaptionSource
from data.models import DatasetId, Drawing
from engine.fake import FakeEngine
from tests.cogs.world import (
    World,
    is_disabled,
    labels,
    last_answer,
    picture,
    pngs,
    said_to,
    text_of,
    walk,
)

#: What one message of Discord takes in all its texts, and in components.
MOST_CHARS, MOST_COMPONENTS = 4000, 40


@pytest.fixture
def settings(tmp_path: Path, settings: Settings) -> Settings:
    """A host with a tagger; the fake engine plays it."""
    return dataclasses.replace(settings, tagger_model="tagger")


async def drawings_of(world: World) -> tuple[Drawing, ...]:
    return await world.app.store.datasets.drawings(await dataset_id_of(world))


async def dataset_id_of(world: World) -> DatasetId:
    rows = await world.app.db.read().fetch_all("SELECT id FROM datasets")
    return DatasetId(rows[-1]["id"])


async def editor(world: World, count: int = 6, words: str = "1girl, cat") -> ResponseMessage:
    """Hand drawings over, and open the editor from their card."""
    result = await world.hand_over("ana", pngs(count), words=words)
    assert result.response is not None
    await world.app.reader.settle(await dataset_id_of(world))
    return shown(await world.member("ana").click(result.response, label="Captions"))


def shown(result: InteractionResult) -> ResponseMessage:
    assert result.response is not None, result
    return result.response


async def test_the_card_comes_at_once_and_says_how_far_the_tagger_is(
    world: World, engine: FakeEngine
) -> None:
    engine.hold_captions(after=2)
    result = await world.hand_over("ana", pngs(6), words="")
    card = shown(result)
    assert "6 drawings have no words of their own." in text_of(card)
    dataset_id = await dataset_id_of(world)

    async with asyncio.timeout(5):
        while (await world.app.reader.reading(dataset_id)).read < 2:  # noqa: ASYNC110 - in rows
            await asyncio.sleep(0.01)
    page = shown(await world.member("ana").click(card, label="Captions"))
    assert "2 of 6 are captioned" in text_of(page)
    assert "no words yet" in text_of(page)
    engine.release_captions()
    await world.app.reader.settle(dataset_id)
    page = shown(await world.member("ana").click(page, label="▶"))
    assert "The tagger captioned 6 drawings" in text_of(page)
    assert "by the tagger" in text_of(page)
    card = shown(await world.member("ana").click(page, label="Back"))
    assert "Every drawing has words." in text_of(card)


@pytest.mark.parametrize("where", ["Train in the open", "Quietly"])
async def test_a_start_before_the_captions_are_there_leaves_the_draft_and_no_thread(
    world: World, engine: FakeEngine, where: str
) -> None:
    reader = world.app.reader
    # The simulated Discord cannot wait twenty seconds of real time.
    world.app.trainings._captioned = lambda dataset_id: reader.settle(dataset_id, patience_s=0)
    engine.hold_captions(after=0)
    ana, card = world.member("ana"), shown(await world.hand_over("ana", pngs(6), words=""))
    await ana.click(card, label="Start")
    card = shown(await ana.click(card, label=where))
    assert "0 of 6 are captioned. Press Start again" in text_of(card)
    assert "6 drawings are here." in text_of(card)
    assert world.channel.threads == []
    engine.release_captions()
    await reader.settle(await dataset_id_of(world))
    await ana.click(card, label="Start")
    await ana.click(card, label=where)
    assert (await world.last_job()).job.quiet == (where == "Quietly")


async def test_captions_are_told_to_be_whose_they_are(world: World) -> None:
    await editor(world, words="")
    drawn = await drawings_of(world)
    words = {one.id: (f"a sketch {one.ordinal}", CaptionSource.BLIP) for one in drawn[:2]}
    await world.app.store.captions.change(drawn[0].dataset_id, CaptionChange.EDIT, words, 1)
    said = reading_line(Texts("en"), await world.app.reader.reading(drawn[0].dataset_id))
    assert said.startswith("The tagger captioned 4 drawings; ")
    assert " BLIP captioned 2 drawings; " in said


@pytest.mark.parametrize(
    ("key", "facts"),
    [
        ("blip.unreadable", {"folder": "blip-secret", "reason": "/srv/secret"}),
        ("tagger.unreadable", {"file": "secret.csv", "reason": "/srv/secret"}),
        ("caption.model_missing", {"model": "secret/tagger", "files": "model.onnx"}),
    ],
)
def test_artists_are_not_shown_what_the_machine_calls_its_files(
    key: str, facts: dict[str, str]
) -> None:
    reading = Reading(captioner=None, read=0, waiting=0, bare=3, refusal=(key, dict(facts)))
    for language in LANGUAGES:
        said = reading_line(Texts(language), reading)
        assert not any(fact in said for fact in facts.values())
        unavailable = Texts(language).say("caption.unavailable", incident="")
        assert unavailable.rstrip(".") in said


async def test_one_caption_is_edited_and_the_change_taken_back(world: World) -> None:
    ana, page = world.member("ana"), await editor(world)
    assert "**1** 1girl, cat" in text_of(page)
    assert "your words" in text_of(page)
    assert is_disabled(page, "Undo")
    page = shown(await ana.click(page, label="▶"))
    opened = await ana.click(page, label="6")
    page = shown(await ana.submit_modal(opened, {"words": "a *cat* on my roof"}))
    assert "**6** a \\*cat\\* on my roof" in text_of(page)
    assert "Page 2 of 2" in text_of(page)
    assert [one.caption for one in await drawings_of(world)][5] == "a *cat* on my roof"
    page = shown(await ana.click(page, label="Undo"))
    assert "Taken back: 1 caption is as it was." in text_of(page)
    assert {one.caption for one in await drawings_of(world)} == {"1girl, cat"}


async def test_all_captions_change_at_once_with_a_trigger_word(world: World) -> None:
    ana, page = world.member("ana"), await editor(world)
    opened = await ana.click(page, label="All captions")
    values = {"out": "cat", "put": "dog, hat", "trigger": "anaink"}
    page = shown(await ana.submit_modal(opened, values))
    assert "6 captions changed." in text_of(page)
    assert "Trigger word: **anaink**" in text_of(page)
    assert {one.caption for one in await drawings_of(world)} == {"1girl, dog, hat"}
    opened = await ana.click(page, label="All captions")
    page = shown(await ana.submit_modal(opened, {"out": "", "put": "", "trigger": ""}))
    assert "Trigger word" not in text_of(page)
    assert "changed" not in text_of(page)


async def test_tags_are_counted_and_acted_on(world: World) -> None:
    ana, page = world.member("ana"), await editor(world)
    tags = shown(await ana.click(page, label="Tags"))
    assert "2 different tags, 6 drawings." in text_of(tags)
    assert "- `cat`: 6 of 6" in text_of(tags)
    tags = shown(await ana.click(tags, label="Make cat the trigger"))
    assert "Trigger word: **cat**" in text_of(tags)
    tags = shown(await ana.click(tags, label="Leave out 1girl"))
    assert "**1girl** is out of all captions." in text_of(tags)
    assert "Leave out 1girl" not in labels(tags)
    assert {one.caption for one in await drawings_of(world)} == {"cat"}
    page = shown(await ana.click(tags, label="Back"))
    assert "Captions of **ink**" in text_of(page)


async def test_tags_are_told_in_the_file_only_when_the_artist_says_so(world: World) -> None:
    ana, page = world.member("ana"), await editor(world)
    tags = shown(await ana.click(page, label="Tags"))
    assert "will say nothing of your captions" in text_of(tags)
    tags = shown(await ana.click(tags, label="Tell tags in the file"))
    assert "will say how often each tag was there" in text_of(tags)
    settings = await world.app.store.captions.settings(await dataset_id_of(world))
    assert settings.tells_tags
    tags = shown(await ana.click(tags, label="Keep tags private"))
    assert "will say nothing of your captions" in text_of(tags)


async def test_a_tag_that_is_gone_is_said_to_be(world: World) -> None:
    ana, page = world.member("ana"), await editor(world)
    tags = shown(await ana.click(page, label="Tags"))
    dataset_id, owner_id = await dataset_id_of(world), world.owner_id("ana")
    await world.app.captions.change_all(dataset_id, owner_id, out="cat", put="")
    result = await ana.click(tags, label="Leave out cat")
    assert "No caption has this tag any more." in said_to(result)


async def test_captions_leave_as_text_files_and_come_back(world: World) -> None:
    ana, page = world.member("ana"), await editor(world)
    sent = last_answer(await ana.click(page, label="Save as .txt"))
    [file] = sent.attachments
    with zipfile.ZipFile(io.BytesIO(await file.read())) as archive:
        assert archive.namelist() == [f"d{n:02}.txt" for n in range(6)]
    opened = await ana.click(page, label="Load .txt")
    files = {"files": [("d01.txt", "кот".encode()), ("stranger.txt", b"x")]}
    page = shown(await ana.submit_modal(opened, files))
    assert "1 caption changed. 1 file matches none of your drawings by name." in text_of(page)
    assert "**2** кот" in text_of(page)
    assert "from your file" in text_of(page)


async def test_score_tags_are_left_out_until_they_are_wanted(world: World) -> None:
    ana, page = world.member("ana"), await editor(world, words="score_9, 1girl")
    assert "The score tags of 6 captions are left out" in text_of(page)
    page = shown(await ana.click(page, label="Train on score tags"))
    assert "are trained on, as you wanted" in text_of(page)
    page = shown(await ana.click(page, label="Leave score tags out"))
    assert "are left out of the training" in text_of(page)


async def test_after_start_captions_are_fixed_and_said_to_be(world: World) -> None:
    ana, page = world.member("ana"), await editor(world)
    card = shown(await world.hand_over("ana", pngs(1, first=20)))  # the same draft, a second card
    await ana.click(card, label="Start")
    await ana.click(card, label="Train in the open")
    result = await ana.click(page, label="1")
    assert "This training has begun already." in said_to(result)


@pytest.mark.parametrize("marks", [False, True])
@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_longest_captions_still_fit_into_a_message(
    world: World, language: str, *, marks: bool
) -> None:
    await editor(world, words="")
    dataset_id, ana = await dataset_id_of(world), world.owner_id("ana")
    long = ", ".join(f"score_9 *tag*_{n}_{'x' * 20}" for n in range(60))
    if marks:
        long = "score_9, " + "*_" * 500
    for drawing in await drawings_of(world):
        await world.app.captions.edit(drawing.id, ana, long)
    await world.app.captions.set_trigger(dataset_id, ana, "*" * 40)
    texts, page = Texts(language), await world.app.captions.page(dataset_id, ana)
    counted = await world.app.captions.stats(dataset_id, ana)
    editor_card = await caption_card(world.app, texts, page, notice="x" * 200)
    for card in (editor_card, tags_card(texts, *counted, notice="x" * 200)):
        nodes = walk(card.view.to_components())
        said = [str(node["content"]) for node in nodes if "content" in node]
        assert sum(map(len, said)) <= MOST_CHARS
        assert len(nodes) <= MOST_COMPONENTS
        assert all(len(str(node["label"])) <= 80 for node in nodes if node.get("label"))


async def test_the_sheet_shows_a_page_large_enough_for_a_phone(world: World) -> None:
    page = await editor(world)
    [sheet] = page.attachments
    image = picture(await sheet.read())
    assert image.width == image.height
    assert image.width / 2 >= 2 * 390 / 2.2  # a drawing keeps half of a phone's width
