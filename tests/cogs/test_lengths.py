"""Long prompts say how they were read, long captions what a training leaves out of them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import discord
import pytest
from simcord.results import ResponseMessage

from bot.config import Settings
from bot.i18n import LANGUAGES, Texts
from bot.services.drawing.lengths import Count
from cogs.ui.caption_card import caption_card
from cogs.ui.change_window import ChangeWindow
from cogs.ui.recipe_text import length_text
from cogs.ui.tasks import draw_task
from data.models import JobId
from engine.base.place import base_folder
from tests.cogs.test_captions import dataset_id_of, drawings_of, shown
from tests.cogs.world import World, pngs, said_to, text_of, walk

# Of the built-in base's tokenizer `fox,` is four tokens, so 18 of them fill a window.
LONG = ", ".join(["fox"] * 60)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A base with tokenizers; that of the other tests has its words alone."""
    for folder in ("tokenizer", "tokenizer_2"):
        shutil.copytree(base_folder("builtin") / folder, Path(settings.base_model) / folder)
    return settings


async def test_only_a_long_prompt_says_how_it_was_read(world: World) -> None:
    _, short = await world.drawn("ana", "fox", style="none", count=1)
    assert "read whole" not in text_of(short)
    _, long = await world.drawn("ana", LONG, style="none", count=1)
    assert "A long prompt, read whole: 239 tokens, 4 windows of 75." in text_of(long)


async def test_a_broken_vocabulary_costs_the_count_and_no_card(world: World) -> None:
    for folder in ("tokenizer", "tokenizer_2"):
        file = Path(world.app.base.place) / folder / "tokenizer.json"
        told = json.loads(file.read_text("utf-8"))
        told["model"]["merges"].append("nosuch word")
        file.write_text(json.dumps(told), "utf-8")
    _, long = await world.drawn("ana", LONG, style="none", count=1)
    assert long.attachments
    assert "read whole" not in text_of(long)


async def test_a_break_is_a_window_of_its_own(world: World) -> None:
    _, message = await world.drawn("ana", "fox BREAK cat", style="none", count=1)
    assert "2 windows of 75" in text_of(message)


async def test_recipe_and_change_tell_every_length(world: World) -> None:
    job_id, message = await world.drawn("ana", "fox", style="none", count=1, score=7)
    [recipe] = draw_task(await world.app.jobs.view(job_id)).recipes
    counter = world.app.base.counter
    assert counter is not None
    tokens = counter.count(recipe.positive).tokens
    assert tokens > counter.count("fox").tokens  # the ladder counts, too
    told = await world.panel("ana", message, "Recipe")
    assert f"Length: {tokens} tokens, 1 window of 75" in said_to(told)
    window = await world.panel("ana", message, "Change")
    assert window.modal is not None
    hints = [str(node.get("description")) for node in walk(window.modal["components"])]
    assert any(f"Last time it was {tokens} tokens, 1 window of 75" in hint for hint in hints)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_longest_length_fits_a_hint(language: str) -> None:
    texts = Texts(language)
    hint = length_text(texts, "change.prompt_length", Count(tokens=9999, windows=9999, room=75))
    window = ChangeWindow(texts, JobId("a"), None, hint)
    labels = [item for item in window.children if isinstance(item, discord.ui.Label)]
    assert labels[0].description == hint
    assert len(hint) <= 100


async def handed_over(world: World, words: str = "fox") -> ResponseMessage:
    return shown(await world.hand_over("ana", pngs(6), words=words))


async def editor(world: World, card: ResponseMessage) -> ResponseMessage:
    return shown(await world.member("ana").click(card, label="Captions"))


async def told_words(world: World, number: int, caption: str) -> None:
    drawing = (await drawings_of(world))[number - 1]
    await world.app.captions.edit(drawing.id, world.owner_id("ana"), caption)


async def test_captions_that_are_read_whole_say_nothing(world: World) -> None:
    page = await editor(world, await handed_over(world))
    assert "longer than" not in text_of(page)
    assert "leaves out" not in text_of(page)


async def test_a_caption_that_is_too_long_is_named_with_what_is_left_out(world: World) -> None:
    card = await handed_over(world)
    tags = [f"fox {number}" for number in range(100)]
    await told_words(world, 2, ", ".join(tags))
    await told_words(world, 6, ", ".join(reversed(tags)))
    opened = await editor(world, card)
    page = text_of(opened)
    assert "2 captions are longer than the 225 tokens that a training reads" in page
    assert "(drawings 2, 6)" in page
    [line] = [line for line in page.splitlines() if "a training leaves out: " in line]
    first_left_out = line.split("a training leaves out: ")[1].split(",")[0]
    base = world.app.base
    assert base.counter is not None
    kept = tags[: tags.index(first_left_out)] if first_left_out in tags else []
    # The tag's first word may still be read; then the end begins with its number.
    if not kept:
        assert first_left_out.isdigit()
        kept = tags[: int(first_left_out)]
    assert base.counter.count(", ".join(kept)).windows <= 3
    assert base.counter.count(", ".join(tags[: len(kept) + 2])).windows > 3
    back = shown(await world.member("ana").click(opened, label="Back"))
    assert "2 captions are longer than the 225 tokens" in text_of(back)


async def test_a_trigger_word_counts_too(world: World) -> None:
    card = await handed_over(world)
    counter = world.app.base.counter
    assert counter is not None
    tags = [f"fox {number}" for number in range(100)]
    fits = max(n for n in range(1, 100) if not counter.unread(", ".join(tags[:n])))
    await told_words(world, 1, ", ".join(tags[:fits]))
    page = await editor(world, card)
    assert "longer than" not in text_of(page)
    card = shown(await world.member("ana").click(page, label="Back"))
    dataset_id = await dataset_id_of(world)
    await world.app.captions.set_trigger(dataset_id, world.owner_id("ana"), "my very own ink")
    assert "1 caption is longer than" in text_of(await editor(world, card))


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_page_of_the_longest_captions_fits_a_message(world: World, language: str) -> None:
    await handed_over(world)
    dataset_id = await dataset_id_of(world)
    for one in await drawings_of(world):
        await world.app.captions.edit(one.id, world.owner_id("ana"), "_*" * 500)
    page = await world.app.captions.page(dataset_id, world.owner_id("ana"))
    card = await caption_card(world.app, Texts(language), page, notice="x" * 200)
    said = [str(node["content"]) for node in walk(card.view.to_components()) if "content" in node]
    assert sum(map(len, said)) <= 4000
